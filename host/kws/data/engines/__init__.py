# SPDX-License-Identifier: Apache-2.0
"""Speech synthesisers beside espeak-ng, behind one interface: flite, Piper, Kokoro.

Each is there when its program, package or model files are found; nothing is downloaded. Files lie
in the folder that the environment variable KWS_VOICES_DIR names, by default voices/ in the user's
data folder of mcu-kws.
"""

from kws.data.engines.base import Engine, Said, speak_cached
from kws.data.engines.flite import Flite
from kws.data.engines.kokoro import Kokoro
from kws.data.engines.piper import Piper
from kws_codegen.base.errors import KwsError

ESPEAK = "espeak"
_ENGINES: tuple[type[Engine], ...] = (Flite, Piper, Kokoro)

__all__ = ["ESPEAK", "Engine", "Said", "engine_names", "engine_of", "engines_here", "speak_cached"]


def engine_names() -> tuple[str, ...]:
    """All that --voices takes."""
    return (ESPEAK, *(engine.name for engine in _ENGINES))


def engines_here() -> tuple[str, ...]:
    """Those that can speak now."""
    return (ESPEAK, *(engine.name for engine in _ENGINES if not engine().missing()))


def engine_of(name: str) -> Engine:
    """One that can speak. KwsError: there is none of that name, or what it needs is not here."""
    for engine in _ENGINES:
        if engine.name == name:
            made = engine()
            if missing := made.missing():
                raise KwsError(f"the voices of {name} are not here", missing)
            return made
    raise KwsError(f'no voices "{name}"', f"--voices takes {', '.join(engine_names())}.")
