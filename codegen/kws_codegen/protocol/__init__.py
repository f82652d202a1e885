# SPDX-License-Identifier: Apache-2.0
"""The serial protocol: one table (messages.py), from which C, Python and PROTOCOL.md are made.

`python -m kws_codegen.protocol` writes firmware/app/protocol.h, the tables of PROTOCOL.md and
two enums of the firmware again.
"""
