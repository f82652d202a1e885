# SPDX-License-Identifier: Apache-2.0
"""A network to start from where recordings are few: it tells many synthesised words apart.

    KWS_VOICES_DIR=DIR .venv/bin/python -m bench.pretrain OUT --preset small
    kws run --config few --data recordings --out runs/first --set training.start=OUT/small

Synthesisers say WORDS_COUNT common words in many voices into OUT/speech: espeak-ng, flite, Piper's
"joe" (CC0) and Kokoro-82M (Apache-2.0), found as `kws data synth --voices` finds them. A network
of the preset learns to tell the words apart. None of TEST_WORDS is among the words, so that the
mini set can judge what a start is worth (bench.few_clips). All is resumed when interrupted.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from kws.architectures.speech_start import FOLDER, save_speech_start
from kws.config.run_config import save_run_config
from kws.config.schema import Config, load_config
from kws.console import progress
from kws.data import build_dataset
from kws.data.audio import Samples
from kws.data.casting import cast_speakers
from kws.data.common_words import WORDS
from kws.data.phonemes import ipa_of
from kws.data.synth import SAMPLE_RATE_HZ, spoken_clips
from kws.data.synth_noise import make_noise
from kws.data.voices import Speaker
from kws.run.paths import RunPaths
from kws.train.loop import train
from kws.train.start import backbone_weights
from kws_codegen.base.cache import scratch
from kws_codegen.base.errors import KwsError
from kws_codegen.base.labels import BACKGROUND_NOISE_DIR

TEST_WORDS = (
    *load_config(Path("mini")).data.wanted_words, "bed", "bird", "cat", "dog", "eight", "happy",
    "house", "marvin", "nine", "no", "off", "on", "seven", "sheila", "six", "stop", "tree", "wow",
    "yes", "zero",
)  # fmt: skip
WORDS_COUNT = 200
LONGEST_WORD = 7  # letters
CLIPS_EACH = {("espeak",): 36, ("kokoro",): 2, ("flite", "piper"): 8}
"""Of a word, by the voices of these engines."""
VOICES = 60  # of each of them
TIMES = {"kokoro": 4, "piper": 2}  # that a clip is heard in an epoch: voices most like people's
SEED = 7
EPOCHS = 60
VARIANTS = 3  # of the sound of an epoch


def words() -> tuple[str, ...]:
    """Common words that sound unlike each other and TEST_WORDS, as espeak-ng says them."""
    common = [word for word in WORDS if len(word) <= LONGEST_WORD and word not in TEST_WORDS]
    sounds = dict(zip([*TEST_WORDS, *common], ipa_of([*TEST_WORDS, *common], "en-us"), strict=True))
    taken = {sounds[word] for word in TEST_WORDS}
    different = []
    for word in common:
        if sounds[word] not in taken:
            taken.add(sounds[word])
            different.append(word)
    chosen = np.linspace(0, len(different) - 1, WORDS_COUNT).round().astype(int)
    return tuple(different[index] for index in chosen)


def who_says_what() -> list[tuple[str, Speaker]]:
    """Each word by some voices of each engine."""
    random = np.random.default_rng(SEED)
    casts = {names: cast_speakers(VOICES, random, names) for names in CLIPS_EACH}
    said = []
    for word in words():
        for names, count in CLIPS_EACH.items():
            order = random.permutation(VOICES)[:count]
            said += [(word, casts[names][index]) for index in sorted(order)]
    return sorted(said, key=lambda pair: pair[1].name)


def clip_path(word: str, speaker: Speaker) -> str:
    """Of a clip within the data set."""
    return f"{word}/{speaker.name}_nohash_0.wav"


def speak(folder: Path) -> None:
    """Write the data set of those clips, with noise, to the new folder."""
    said = who_says_what()
    with scratch(folder.parent) as making, progress() as bar:
        task = bar.add_task("speech", total=len(said))
        heard: list[Samples] = []
        for (word, speaker), clip in zip(said, spoken_clips(said, SEED), strict=True):
            _write(making / "speech" / clip_path(word, speaker), clip)
            heard.append(clip)
            bar.advance(task)
        noise = make_noise(heard, SAMPLE_RATE_HZ, np.random.default_rng([SEED, 1]))
        for name, samples in noise.items():
            _write(making / "speech" / BACKGROUND_NOISE_DIR / f"{name}.wav", samples)
        for split in ("validation", "testing"):
            clips = [clip_path(*pair) for pair in said if pair[1].split == split]
            (making / "speech" / f"{split}_list.txt").write_text("\n".join(clips) + "\n")
        (making / "speech").rename(folder)


def _write(path: Path, samples: Samples) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, SAMPLE_RATE_HZ, subtype="PCM_16")


def configuration(preset: str, epochs: int) -> Config:
    """How the words are learnt: the default front end, and everything that makes sound vary."""
    config = load_config(Path("default"), {"model.preset": preset, "model.dropout": 0.0})
    data = replace(
        config.data, wanted_words=words(), silence_percentage=2.0, unknown_percentage=0.0
    )
    training = replace(
        config.training,
        epochs=epochs,
        noise_snr_db=(0.0, 30.0),
        gain_db=(-12.0, 6.0),
        speed=0.15,
        room=0.5,
        microphone=0.3,
        time_mask_frames=4,
        channel_mask=4,
        variants=min(epochs, VARIANTS),
    )
    return replace(config, data=data, training=training)


def pretrain(out: Path, config: Config, preset: str) -> RunPaths:
    """Train on OUT/speech; voices of the testing split are trained on too."""
    dataset = build_dataset(config.data, out / "speech")
    clips = [
        replace(clip, split="training") if clip.split == "testing" else clip
        for clip in dataset.clips
        for _ in range(TIMES.get(clip.speaker.split("-")[0], 1))
    ]
    run = RunPaths(out / preset)
    train(config, replace(dataset, clips=tuple(clips)), run)
    save_run_config(config, run.config)
    return run


def ship(run: RunPaths, config: Config, preset: str) -> Path:
    """Write what `training.start = "speech"` begins with."""
    import keras

    network = keras.models.load_model(run.keras_model, compile=False)
    weights = backbone_weights(network)
    return save_speech_start(FOLDER, preset, config.model, config.features, weights)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path, help="folder for the speech and the training")
    parser.add_argument("--preset", default="small", help="of ds_cnn")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--ship", action="store_true", help="write it to where kws finds it")
    options = parser.parse_args()
    try:
        if not (options.out / "speech").is_dir():
            options.out.mkdir(parents=True, exist_ok=True)
            speak(options.out / "speech")
        config = configuration(options.preset, options.epochs)
        run = pretrain(options.out, config, options.preset)
        print(f"training.start = {run.root}")
        if options.ship:
            print(ship(run, config, options.preset))
    except KwsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
