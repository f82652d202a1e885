# SPDX-License-Identifier: Apache-2.0
"""The ground floor: what code generation and the host tool both speak of. Imports nothing above."""
