# SPDX-License-Identifier: Apache-2.0
"""Hours of speech to train and test listening with, from packages: nothing of it is committed.

    python -m bench.speech_streams OUT

OUT/train/ gets Asterisk's English and Spanish prompts, and sentences by espeak-ng in many voices:
an hour in English, 75 minutes in the languages of this system's message catalogues. OUT/test/
gets the French, Italian and Russian prompts, OUT/choose/ those of three others (Spanish, French,
Italian) to choose thresholds on: nobody is heard in two of them. Asterisk's packages of Debian (CC
BY-SA 3.0 and CC BY 3.0, for the three others see theirs) come by `apt-get download`; PyPI's `av`
decodes them (`pip install av`). English prompts and sentences that hold a word of
configs/listen.toml ("right", also in "copyright"), or one that sounds like it ("for"), are left
out, so far as their names and texts tell: such a negative would teach that the word is none.
"""

import argparse
import gettext
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np
import soundfile
import soxr

from kws.config.schema import load_config
from kws.data.audio import Samples, to_int16
from kws.data.espeak import Utterance, speak
from kws.data.voices import ACCENTS, FAMILIES
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError

RATE_HZ = 16_000
PACKAGES = {
    "train": ("asterisk-core-sounds-en-g722", "asterisk-core-sounds-es-g722"),
    "test": (
        "asterisk-core-sounds-fr-g722", "asterisk-core-sounds-it-g722",
        "asterisk-core-sounds-ru-g722",
    ),
    "choose": (
        "asterisk-prompt-es-co", "asterisk-prompt-fr-armelle", "asterisk-prompt-it-menardi-wav",
    ),
}  # fmt: skip
GSM_RATE_HZ = 8_000
PAUSE_S = 0.3  # after prompts that end where the voice does
NOT_SPEECH = re.compile(r"/silence/|beep|tone|monkeys")
# English prompts that say a digit, "press one", or another wanted word.
NOT_NEGATIVE = re.compile(
    r"/(digits|letters|phonetic|followme)/|only-?one|one-moment|demo-|dir-(multi|instr|intro)|"
    r"(screen|priv)-callee|if-correct|for-|press-|minus|queue-quantity|basic-pbx|"
    r"conf-(adminmenu|usermenu|extended|nonext)|vm-(opts|options|advopts|instruc|helpexit|"
    r"forwardopt|review|toforward|tempgreet|savefolder|then-press|press|to[a-z]+|leavemsg|onefor|"
    r"rec|next|prev|repeat|starmain)"
)
SOUND_ALIKE = frozenset(("to", "too", "into", "for", "fore", "won", "write", "free"))
MINUTES_ELSEWHERE = 75.0
TEXTS_AT_A_TIME = 400
MOST_TEXTS = 4_000
FEWEST_TEXTS = 60  # of a language
CATALOGUES = Path("/usr/share/locale")
ELSEWHERE = (
    "de", "nl", "pl", "cs", "pt", "ro", "hu", "fi", "tr", "es", "ca", "el", "hr", "sk", "sl", "et",
    "lv", "lt", "eo", "id", "sr", "bg", "uk", "eu", "cy", "ga",
)  # languages of espeak-ng, none of OUT/test/  # fmt: skip
SOUND_ALIKE_ELSEWHERE = frozenset(
    ("tu", "tú", "tù", "fór", "wan", "uan", "fri", "tri", "tři", "trei", "du", "dva")
)
SEED = 5


def asterisk(package: str, folder: Path) -> Samples:
    """All prompts of a package, one after another: int16 [samples] at RATE_HZ."""
    subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=True)
    archive = next(folder.glob(f"{package}_*.deb"))
    subprocess.run(["dpkg-deb", "-x", str(archive), str(folder / package)], check=True)
    pieces: list[Samples] = []
    for path in sorted((folder / package).rglob("*")):
        name = str(path)
        if NOT_SPEECH.search(name) or ("-en-" in package and NOT_NEGATIVE.search(name)):
            continue
        pieces += DECODERS[path.suffix](path) if path.suffix in DECODERS else []
    return np.concatenate(pieces)


def _g722(path: Path) -> list[Samples]:
    try:
        import av
    except ImportError:
        raise KwsError("the package av decodes the prompts", "pip install av") from None
    with av.open(str(path), format="g722") as file:
        return [frame.to_ndarray().ravel() for frame in file.decode(audio=0)]


def _gsm(path: Path) -> list[Samples]:
    form = {"format": "RAW", "subtype": "GSM610", "channels": 1, "samplerate": GSM_RATE_HZ}
    return _resampled(*soundfile.read(path, dtype="float32", **form))


def _wav(path: Path) -> list[Samples]:
    return _resampled(*soundfile.read(path, dtype="float32"))


def _resampled(samples: np.ndarray, rate_hz: int) -> list[Samples]:
    pause = np.zeros(int(PAUSE_S * RATE_HZ), np.int16)
    return [to_int16(32_767 * soxr.resample(samples, rate_hz, RATE_HZ)), pause]


DECODERS = {".g722": _g722, ".gsm": _gsm, ".wav": _wav}


def sentences(avoided: frozenset[str]) -> Iterator[str]:
    """Sentences of Python's documentation with none of the words, nor one that holds one."""
    text = re.sub(r"[`*_=|#<>{}\[\]\\~^/]", " ", "\n\n".join(topics.values()))
    for part in dict.fromkeys(re.split(r"(?<=[.!?;:])\s+|\n\s*\n", text)):
        words = re.findall(r"[a-z']+", part.lower())
        plain = sum(letter.isalpha() or letter.isspace() for letter in part)
        if not 4 <= len(words) <= 22 or plain < 0.92 * len(part):
            continue
        if not any(word in said for word in avoided for said in words):
            yield " ".join(part.split())


def english(avoided: frozenset[str]) -> list[tuple[str, str]]:
    """Accents and what they say, each sentence twice."""
    random = np.random.default_rng(SEED)
    return [(str(random.choice(ACCENTS)), text) for text in 2 * list(sentences(avoided))]


def elsewhere(avoided: frozenset[str]) -> list[tuple[str, str]]:
    """MOST_TEXTS languages, drawn at random, each with a sentence of its message catalogues."""
    random, found = np.random.default_rng(SEED), {}
    for language in ELSEWHERE:
        texts: set[str] = set()
        for path in sorted((CATALOGUES / language / "LC_MESSAGES").glob("*.mo")):
            with suppress(OSError, UnicodeDecodeError), path.open("rb") as file:
                texts.update(_plain(gettext.GNUTranslations(file), avoided))
        if len(texts) > FEWEST_TEXTS:
            found[language] = sorted(texts)
    if not found:
        return []
    languages = random.choice(list(found), MOST_TEXTS)
    return [(str(each), str(random.choice(found[each]))) for each in languages]


def _plain(catalogue: gettext.GNUTranslations, avoided: frozenset[str]) -> Iterator[str]:
    """Sentences of words alone, none of which is avoided."""
    messages: dict[object, object] = catalogue.__dict__.get("_catalog", {})
    for message in messages.values():
        cleaned = re.sub(r"[`*_=|#<>{}\[\]\\~^/\"'«»„“”]", " ", str(message).replace("\n", " "))
        for part in re.split(r"(?<=[.!?;:])\s+", cleaned):
            words = re.findall(r"\w+", part.lower())
            plain = sum(letter.isalpha() or letter.isspace() for letter in part)
            if 4 <= len(words) <= 16 and plain > 0.9 * len(part) and not avoided & set(words):
                yield " ".join(part.split())


def spoken(said: list[tuple[str, str]], minutes: float) -> Samples:
    """Texts by voices drawn at random, with short pauses: int16 [samples] at RATE_HZ."""
    random = np.random.default_rng(SEED)
    pieces: list[Samples] = []
    for start in range(0, len(said), TEXTS_AT_A_TIME):
        utterances = []
        for accent, text in said[start : start + TEXTS_AT_A_TIME]:
            variant = random.choice(FAMILIES[random.integers(len(FAMILIES))])
            rate, pitch, pitch_range = random.integers((130, 30, 30), (215, 71, 71)).tolist()
            voice = f"{accent}+{variant}"
            utterances.append(Utterance(text, voice, rate, pitch, pitch_range, longest_ms=60_000))
        speech, rate_hz = speak(utterances)
        for samples in speech:
            resampled = soxr.resample(samples.astype(np.float32), rate_hz, RATE_HZ)
            peak = random.uniform(6_000, 27_000)
            pieces.append(to_int16(resampled * (peak / max(1.0, float(np.abs(resampled).max())))))
            pieces.append(np.zeros(int(random.uniform(0.1, 0.5) * RATE_HZ), np.int16))
        if sum(map(len, pieces)) >= minutes * 60 * RATE_HZ:
            break
    return np.concatenate(pieces)[: int(minutes * 60 * RATE_HZ)]


def _write(path: Path, samples: Samples) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE_HZ)
    print(f"{path}: {samples.size / RATE_HZ / 60:.1f} minutes")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder for train/, test/, choose/")
    parser.add_argument("--minutes", type=float, default=60.0, help="of synthetic sentences")
    options = parser.parse_args()
    avoided = SOUND_ALIKE | set(load_config(Path("listen")).data.wanted_words)
    with scratch() as folder:
        for part, packages in PACKAGES.items():
            for package in packages:
                _write(options.out / part / f"{package}.flac", asterisk(package, folder))
    _write(options.out / "train" / "espeak.flac", spoken(english(avoided), options.minutes))
    if others := elsewhere(avoided | SOUND_ALIKE_ELSEWHERE):
        path = options.out / "train" / "espeak-elsewhere.flac"
        _write(path, spoken(others, MINUTES_ELSEWHERE))


if __name__ == "__main__":
    main()
