# SPDX-License-Identifier: Apache-2.0
"""The command line: each file parses one command, calls a typed function and prints."""
