"""The serial link to a device: frames, messages, sessions, and how to reach one.

PROTOCOL.md describes what travels; firmware/app/ is the other end.
"""
