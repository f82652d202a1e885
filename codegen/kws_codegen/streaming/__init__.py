# SPDX-License-Identifier: Apache-2.0
"""The streaming model: each row of each layer computed once, for all windows that it is in."""
