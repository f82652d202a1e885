# SPDX-License-Identifier: Apache-2.0
"""flite, the program of that name: a few voices, 10 ms a clip."""

import shutil
import subprocess

import soundfile

from kws.data.audio import Samples
from kws.data.engines.base import Engine, base_language
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError


class Flite(Engine):
    """CMU Flite."""

    name = "flite"
    one_core = True

    def missing(self) -> str | None:
        return None if shutil.which("flite") else "Debian and Ubuntu: `apt-get install flite`."

    def identity(self) -> str:
        return self._run("--version")

    def voices(self, language: str = "en") -> list[str]:
        """Speakers that it brings, without the 8 kHz copy of one and the one that tells time."""
        if base_language(language) != "en":
            return []
        listed = self._run("-lv").partition(":")[2].split()
        return sorted(voice for voice in listed if voice not in ("kal", "awb_time"))

    def say(self, text: str, voice: str, speed: float) -> tuple[Samples, int]:
        with scratch() as folder:
            path = folder / "said.wav"
            stretch = f"duration_stretch={1 / speed:.3f}"
            self._run("-voice", voice, "--setf", stretch, "-t", text, "-o", str(path))
            samples, rate_hz = soundfile.read(path, dtype="int16")
            return samples, rate_hz

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(["flite", *arguments], capture_output=True, text=True, check=False)
        if done.returncode and "-o" in arguments:
            raise KwsError(
                f"flite cannot speak: {done.stderr.strip() or done.returncode}",
                "Leave flite out of --voices.",
            )
        return done.stdout
