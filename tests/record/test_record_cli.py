# SPDX-License-Identifier: Apache-2.0
"""`kws record` with a file as its microphone: keep, retake, resume; what it writes."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner, Result

from kws.cli.main import app
from kws.data import scan_folder
from kws.data.audio import write_wav
from kws_codegen.base.errors import KwsError
from tests.record.test_takes import RATE, speech


def record(out: Path, *arguments: object, answers: str = "") -> Result:
    command = ["record", "--out", str(out), *map(str, arguments)]
    return CliRunner().invoke(app, command, input=answers)


@pytest.fixture
def microphone(tmp_path: Path) -> Path:
    """Six takes of 2 s, the third of which is bad."""
    takes = [speech(2, 0.8, 0.3 + 0.02 * i) for i in range(6)]
    takes[2] = speech(2, 0.8, 0.4, volume=0)
    soundfile.write(tmp_path / "microphone.wav", np.concatenate(takes), RATE)
    return tmp_path / "microphone.wav"


def test_takes_are_kept_again_or_ended_and_resumed(tmp_path: Path, microphone: Path) -> None:
    out = tmp_path / "words"
    options = ("--words", "lumos,stop", "--speaker", "s01", "--count", 2, "--file", microphone)
    # good: go on; good: again; bad: again; good: go on; end
    first = record(out, *options, answers="\nr\n\n\nq\n")
    assert first.exit_code == 0, first.output
    assert "kept: 2; missing: 2" in first.output
    assert "no word was heard" in first.output
    assert [clip.path for clip in scan_folder(out).clips] == [
        "lumos/s01_nohash_0.wav", "stop/s01_nohash_0.wav"
    ]  # fmt: skip
    second = record(out, *options, answers="\n\n")
    assert "2 of 4 takes are there already" in second.output
    assert "kept: 2; missing: 0" in second.output
    files = [clip.path for clip in scan_folder(out).clips]
    assert files == [f"{w}/s01_nohash_{n}.wav" for w in ("lumos", "stop") for n in (0, 1)]
    samples, rate = soundfile.read(out / files[0], dtype="int16")
    assert (samples.shape, rate) == ((RATE,), RATE)


def test_a_bad_take_can_be_kept_and_a_sound_ends(tmp_path: Path, microphone: Path) -> None:
    options = ("--words", "lumos", "--count", 9, "--file", microphone)
    result = record(tmp_path / "out", *options, answers="\n\nk\n\n\n\n")
    assert "the sound has ended" in result.output
    assert "kept: 6; missing: 3" in result.output


def test_a_long_recording_becomes_clips_behind_those_that_are_there(
    tmp_path: Path, microphone: Path
) -> None:
    out = tmp_path / "words"
    other = tmp_path / "other.wav"
    sound, _ = soundfile.read(microphone, dtype="int16")
    soundfile.write(other, sound // 2, RATE)
    for source in (microphone, other):
        result = record(out, "--from", source, "--words", "lumos", "--speaker", "s02")
        assert result.exit_code == 0, result.output
        assert "lumos: 5 clips\n" in result.output
    files = [clip.path for clip in scan_folder(out).clips]
    assert sorted(files) == sorted(f"lumos/s02_nohash_{n}.wav" for n in range(10))


def test_a_recording_that_is_cut_again_doubles_nothing(tmp_path: Path, microphone: Path) -> None:
    options = ("--from", microphone, "--words", "lumos", "--speaker", "s02")
    for said in ("lumos: 5 clips\n", "lumos: 0 clips (5 more are there already)\n"):
        result = record(tmp_path / "out", *options)
        assert result.exit_code == 0 and said in result.output
    (tmp_path / "out/lumos/s02_nohash_3.wav").unlink()  # one that was bad: it comes back, alone
    assert "lumos: 1 clip (4 more" in record(tmp_path / "out", *options).output
    assert len(scan_folder(tmp_path / "out").clips) == 5


def test_a_label_track_names_the_words(tmp_path: Path, microphone: Path) -> None:
    track = tmp_path / "track.txt"
    track.write_text("0.8\t1.1\tlumos\n2.8\t3.2\tstop\n6.8\t7.2\tlumos\n")
    out = tmp_path / "words"
    result = record(out, "--from", microphone, "--labels", track, "--speaker", "s02")
    assert result.exit_code == 0, result.output
    assert "lumos: 2 clips" in result.output and "stop: 1 clip\n" in result.output
    assert len(scan_folder(out).clips) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no word is named"),
        (("--words", "../x"), "cannot name a folder"),
        (("--words", "_silence_"), "reserved"),
        (("--words", "a,a"), "names a and a, one word"),
        (("--words", "on,off,On"), "names on and On, one word"),
        (("--words", "a", "--speaker", ""), "--speaker is empty"),
        (("--words", "a", "--speaker", "s_nohash_1"), "cannot name a speaker"),
        (("--words", "a", "--labels", "x.txt"), "belongs to a long recording"),
        (("--words", "a", "--file", "none.wav"), "no file"),
        (("--words", "a", "--from", "none.wav"), "no file"),
    ],
)
def test_what_is_refused(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    result = record(tmp_path / "out", *arguments)
    assert isinstance(result.exception, KwsError), result.output
    assert message in result.exception.message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("track", "message"),
    [
        ("99.0\t100.0\tlumos\n", "'lumos' at 99.0 s, and the recording is 12.0 s long"),
        ("1.0\t2.0\ttea\n", "has no label of lumos"),
        ("", "has no label of lumos"),
    ],
)
def test_label_track_of_another_recording(
    tmp_path: Path, microphone: Path, track: str, message: str
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text(track, encoding="utf-8")
    out = tmp_path / "out"
    result = record(out, "--from", microphone, "--labels", labels, "--words", "lumos")
    assert isinstance(result.exception, KwsError), result.output
    assert message in result.exception.message
    assert not out.exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_label_track_with_a_byte_order_mark(
    tmp_path: Path, microphone: Path, encoding: str
) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("0.5\t1.5\tlumos\n", encoding=encoding)
    result = record(tmp_path / "out", "--from", microphone, "--labels", labels)
    assert "lumos: 1 clip\n" in result.output


def test_a_recording_cut_short_is_named(tmp_path: Path, microphone: Path) -> None:
    whole = microphone.read_bytes()
    microphone.write_bytes(whole[: len(whole) // 2])
    result = record(tmp_path / "out", "--from", microphone, "--words", "lumos")
    assert "lumos: 2 clips" in result.output
    assert "microphone.wav: cut short" in " ".join(result.output.split())


def test_full_disk_is_named() -> None:
    with pytest.raises(OSError, match="No space left"):
        write_wav(Path("/dev/full"), np.zeros(100, np.int16), RATE)
