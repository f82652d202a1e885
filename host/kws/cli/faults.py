# SPDX-License-Identifier: Apache-2.0
"""What the machine refuses, in words: full disks, folders not to be written, no memory, odd names.

Only faults that the operating system reports, and characters that its encoding or UTF-8 lacks, are
looked at here, so no bug of kws hides.
"""

import errno
import sys

from kws_codegen.base.errors import KwsError

_HINTS = {
    (errno.ENOSPC, errno.EDQUOT): "Make room on the disk, or name a folder on another one.",
    (errno.EFBIG,): "Files of this size are not allowed here (ulimit -f, or the file system).",
    (errno.EACCES, errno.EPERM, errno.EROFS): "Name a folder that you may write, or mend its "
    "owner and permissions.",
    (errno.ENOTDIR, errno.EEXIST): "There is a file where a folder is meant: name another one.",
    (errno.ENOENT,): "Name a file or folder that is there, or one that can be made.",
    (errno.EISDIR,): "There is a folder where a file is meant: name another one.",
    (errno.ENAMETOOLONG,): "Choose a shorter name.",
    (errno.EMFILE, errno.ENFILE): "Allow more open files (ulimit -n).",
    (errno.ENOMEM, errno.EAGAIN): "Close other programs, or use a machine with more memory.",
}
_CHARACTERS = (
    "Use a UTF-8 locale (export LC_ALL=C.UTF-8), and names whose bytes are UTF-8; "
    "KWS_TRACEBACK=1 in the environment shows where in kws."
)
_ANY = "KWS_TRACEBACK=1 in the environment shows where in kws."


def fault_of_machine(error: BaseException) -> KwsError | None:
    """The fault with a hint, or None for what is no fault of the machine but a bug."""
    if isinstance(error, MemoryError):
        return KwsError("there is not enough memory", _hint(errno.ENOMEM))
    if isinstance(error, OSError):
        return KwsError(_words(error), _hint(error.errno))
    if isinstance(error, UnicodeEncodeError):
        characters = error.object[error.start : error.end]
        return KwsError(f"{characters!r}: no characters of {error.encoding}", _CHARACTERS)
    if _is_of_tensorflow(error):
        return KwsError(f"TensorFlow failed: {error}", _ANY)
    return None


def _words(error: OSError) -> str:
    if error.strerror is None:  # not of the operating system, but of a library
        return str(error) or type(error).__name__
    names = [str(name) for name in (error.filename, error.filename2) if name is not None]
    where = f"{' to '.join(names)}: " if names else ""
    return f"{where}{error.strerror}"


def _hint(number: int | None) -> str:
    for numbers, hint in _HINTS.items():
        if number in numbers:
            return hint
    return _ANY


def _is_of_tensorflow(error: BaseException) -> bool:
    """What its file system layer raises for a full disk, and what runs out of memory."""
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is None:
        return False
    errors = tensorflow.errors
    return isinstance(
        error,
        errors.ResourceExhaustedError
        | errors.PermissionDeniedError
        | errors.FailedPreconditionError
        | errors.UnavailableError
        | errors.NotFoundError,
    )
