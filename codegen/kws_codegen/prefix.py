# SPDX-License-Identifier: Apache-2.0
"""The prefix of what leaves the house: all names of an export begin with the export's own.

Here it is kws_ and KWS_, in hand-written and in generated C alike. An export gets another one,
so that two of them can stand in one program. Nothing but names changes: string literals, class
names among them, stay as they are.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

OWN_PREFIX = "kws"
MOST_CHARACTERS = 32

# Without underscores: what begins with lamp_ cannot belong to another export, lamp_model say.
_NAME = re.compile(r"[a-z][a-z0-9]*")

_KEYWORDS = """
    alignas alignof and asm auto bitand bitor bool break case catch char class compl const constexpr
    continue decltype default delete do double else enum explicit export extern false float for
    friend goto if inline int long mutable namespace new noexcept not nullptr operator or private
    protected public register restrict return short signed sizeof static struct switch template
    this throw true try typedef typeid typename union unsigned using virtual void volatile while xor
"""
# <name>.h would be found in the place of these headers of C and POSIX.
_HEADERS = """
    aio alloca assert complex cpio ctype dirent dlfcn endian errno fcntl fenv float fnmatch ftw glob
    grp iconv inttypes iso646 langinfo libgen limits locale malloc math memory monetary mqueue
    netdb poll pthread pwd regex sched search semaphore setjmp signal spawn stdalign stdarg
    stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string strings syslog tar termios
    tgmath threads time uchar ulimit unistd utime wchar wctype wordexp
"""
# What names in C, POSIX, Arduino, ESP-IDF, Zephyr and TensorFlow Lite Micro begin with: va_start,
# SIG_ERR, k_sleep, CONFIG_...
_TAKEN_WORDS = """
    aligned arduino arm atomic bt clock cmsis cnd config dt esp fe fp freertos gpio hal i2c in
    k lc memory mq msg mtx net posix pthread quick sched sem shm sig spi sys tf tflite thrd timer
    timespec tss uart va z zephyr
"""
# Targets and words of the build systems.
_BUILD_WORDS = """
    all app c clean debug depend example general help install interface kernel m main optimized
    package preinstall test
"""

_TOKENS = re.compile(
    r'^(?P<include>[ \t]*#[ \t]*include[ \t]*)"(?P<path>[^"\n]+)"'
    r"|(?P<comment>/\*.*?\*/|//[^\n]*)"
    r"|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    r"|\b(?P<prefix>kws|KWS)(?=_)",
    re.MULTILINE | re.DOTALL,
)
_PREFIX_IN_COMMENT = re.compile(r"(?<![\w/])(?:kws|KWS)(?=_)")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)


def name_problem(name: str) -> str:
    """What is wrong with `name` as a prefix of C symbols and as a name in build systems; "" for
    nothing."""
    if not _NAME.fullmatch(name):
        return "use lower-case letters and digits, and begin with a letter"
    if len(name) > MOST_CHARACTERS:
        return f"it has {len(name)} characters, {MOST_CHARACTERS} is the most"
    reasons = (
        (name in _KEYWORDS.split(), "it is a keyword of C or C++"),
        (name in _HEADERS.split(), f"{name}.h would hide a header of that name"),
        (name in _BUILD_WORDS.split(), "build systems have a meaning of their own for it"),
        (name in _TAKEN_WORDS.split(), f"other libraries' names begin with {name}_"),
    )
    return next((reason for applies, reason in reasons if applies), "")


def exported_path(path: str, name: str) -> str:
    """Where a file of firmware/ or generated/ lies below an export's src/.

    Headers keep their names, for they are included with their folder. A source's name tells its
    folders and the prefix: object files in one flat archive never have the same name.
    """
    place = PurePosixPath(path)
    if place.suffix == ".h":
        return f"{name}/{path}"
    stem = place.stem.removeprefix(f"{OWN_PREFIX}_")
    file = "_".join([name, *place.parent.parts, stem]) + place.suffix
    return (name / place.parent / file).as_posix()


def includes(text: str) -> list[str]:
    """What a C file includes in quotes."""
    return _INCLUDE.findall(text)


def renamed(text: str, name: str, paths: Mapping[str, str]) -> str:
    """C text with the prefix `name` in place of kws.

    Args:
        text: C or C++.
        name: the new prefix, in lower case.
        paths: what is included in quotes to what it is called in the export; others stay.
    """

    def prefix(match: re.Match[str]) -> str:
        return name if match[0] == OWN_PREFIX else name.upper()

    def token(match: re.Match[str]) -> str:
        if match["include"]:
            return f'{match["include"]}"{paths.get(match["path"], match["path"])}"'
        if match["comment"]:
            return _PREFIX_IN_COMMENT.sub(prefix, match["comment"])
        return prefix(match) if match["prefix"] else match[0]

    return _TOKENS.sub(token, text)
