# SPDX-License-Identifier: Apache-2.0
"""The serial link to a device: frames, sessions, and how to reach one.

The messages are those of kws_codegen.protocol, PROTOCOL.md describes what travels, and
firmware/app/ is the other end.
"""
