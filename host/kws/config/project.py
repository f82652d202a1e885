# SPDX-License-Identifier: Apache-2.0
"""The folder of a new project: a configuration with all its comments, and how to go on."""

import json
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path

from kws.config.schema import load_config, preset_path
from kws.config.text_file import read_text
from kws.console import printable
from kws_codegen.base.errors import KwsError

CONFIG_NAME = "kws.toml"
_WORDS = re.compile(r"^wanted_words = \[[^\]]*\]", re.MULTILINE)
_DATA = re.compile(r"^\[data\]\n", re.MULTILINE)
_LICENCE = re.compile(r"\A# SPDX-License-Identifier: .*\n")  # of the preset, not of the project
_WIDTH = 96  # of comments
_IGNORED = "runs/\n"
_README = """\
# {title}

Keyword spotting for {words}, made with [mcu-kws](https://pypi.org/project/mcu-kws/).

Recordings (wav, flac, ogg or mp3) lie in one folder a word, named after their speaker:
`recordings/{first}/anna_1.wav`. Other words are as welcome as the wanted ones; noise without
speech goes into `recordings/_background_noise_/`.

```sh
kws data check recordings --config {config}
kws run --config {config} --data recordings --out runs/first
kws listen --run runs/first
kws flash --run runs/first --board stm32f405
kws export --run runs/first --format c-array --out exported
```

`{config}` holds the words and all that training and firmware depend on; `kws boards` lists the
boards. What lies in `runs/` can be made again.
"""


def new_project(folder: Path, config: Path, wanted_words: Sequence[str] | None) -> list[Path]:
    """Write the files of a new project into `folder`, which is made.

    Args:
        folder: new, or empty.
        config: a preset by name or a TOML file, taken over with its comments.
        wanted_words: in place of those of `config`; None keeps them.

    Returns the paths written. KwsError when the folder has something in it, or when configuration
    or words are not valid: then nothing is written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        what = "not empty" if folder.is_dir() else "a file"
        raise KwsError(f"{folder} is {what}", "Name a new folder.")
    changes = {} if wanted_words is None else {"data.wanted_words": list(wanted_words)}
    checked = load_config(config, changes)
    words = checked.data.wanted_words
    for word in words:
        if Path(word).name != word:
            raise KwsError(f"{word!r} cannot be the name of a folder", "Name the word otherwise.")
    preset = preset_path(config)
    text = _head(preset, words) + _LICENCE.sub("", _with_words(read_text(preset), words))
    readme = _README.format(
        title=folder.resolve().name,
        words=", ".join(f"“{word}”" for word in words),
        first=words[0],
        config=CONFIG_NAME,
    )
    files = {CONFIG_NAME: text, "README.md": readme, ".gitignore": _IGNORED}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return [folder / name for name in files]


def _head(preset: Path, words: Sequence[str]) -> str:
    """Comments that are true of the project, before those of the preset."""
    named = ", ".join(printable(f"“{word}”") for word in words)
    every = "" if preset.stem == "default" else " (kws init NEW --config default shows every key)"
    paragraphs = (
        f"Keyword spotting for {named}.",
        f"  kws run --config {CONFIG_NAME} --data recordings --out runs/first",
        f"Begun from {printable(preset.name)}{every}, whose own words follow:",
    )
    lines = [line for text in paragraphs for line in (*textwrap.wrap(text, _WIDTH), "")]
    return "".join(f"# {line}".rstrip() + "\n" for line in lines)


def _with_words(text: str, words: Sequence[str]) -> str:
    line = f"wanted_words = {json.dumps(list(words), ensure_ascii=False)}"
    if _WORDS.search(text):
        return _WORDS.sub(lambda _: line, text, count=1)
    if _DATA.search(text):
        return _DATA.sub(lambda found: f"{found[0]}{line}\n", text, count=1)
    return f"{text}\n[data]\n{line}\n"
