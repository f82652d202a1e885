# SPDX-License-Identifier: Apache-2.0
"""The one class of expected faults: what the user can mend.

The command line prints the message and the hint and exits with status 2. Anything else
that escapes is a bug in kws and keeps its traceback.
"""


class KwsError(Exception):
    """A fault in the input or the machine that the user can mend.

    `message` says what is wrong, `hint` what to do about it (may be empty).
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message
