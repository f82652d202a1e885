# SPDX-License-Identifier: Apache-2.0
"""Long sound with words at known times, and what a detector that listens to it is worth."""
