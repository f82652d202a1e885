# SPDX-License-Identifier: Apache-2.0
"""Speech synthesisers beside espeak-ng, behind one interface: flite, Piper, Kokoro.

Each is there when its program, package or model files are found; nothing is downloaded. Files lie
in the folder that the environment variable KWS_VOICES_DIR names, by default voices/ in the user's
data folder of mcu-kws.
"""

from kws.data.engines.base import Engine, Said, base_language, speak_cached
from kws.data.engines.flite import Flite
from kws.data.engines.kokoro import Kokoro
from kws.data.engines.piper import Piper
from kws_codegen.base.errors import KwsError

ESPEAK = "espeak"
_ENGINES: tuple[type[Engine], ...] = (Flite, Piper, Kokoro)

__all__ = [
    "ESPEAK", "Engine", "Said", "base_language", "engine_names", "engine_of", "engines_here",
    "speak_cached",
]  # fmt: skip


def engine_names() -> tuple[str, ...]:
    """All that --voices takes."""
    return (ESPEAK, *(engine.name for engine in _ENGINES))


def engines_here(language: str = "en") -> tuple[str, ...]:
    """Those that can speak a language now."""
    here = (engine() for engine in _ENGINES)
    return (ESPEAK, *(e.name for e in here if not e.missing() and e.voices(language)))


def engine_of(name: str, language: str = "en") -> Engine:
    """One that can speak a language.

    KwsError: there is none of that name, what it needs is not here, or it has no such voice.
    """
    for engine in _ENGINES:
        if engine.name == name:
            made = engine()
            if missing := made.missing():
                raise KwsError(f"the voices of {name} are not here", missing)
            if not made.voices(language):
                raise KwsError(
                    f"{name} has no voice here that speaks {language}",
                    f"Leave it out: --voices {','.join(engines_here(language))}.",
                )
            return made
    raise KwsError(f'no voices "{name}"', f"--voices takes {', '.join(engine_names())}.")
