# SPDX-License-Identifier: Apache-2.0
"""Building, caching and quantizing on the host, and the messages when something is missing."""

import math
import shutil
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kws.features import FrontEnd, cached_features, quantization_constants, quantize
from kws.features import cache as cache_module
from kws.features import library as library_module
from kws.features.library import frontend_hash, load_library
from kws.source import source_root
from kws_codegen.base.errors import KwsError
from kws_codegen.base.feature_config import FeatureConfig


@pytest.fixture
def empty_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("KWS_CACHE_DIR", str(tmp_path / "cache"))
    load_library.cache_clear()
    return tmp_path / "cache"


def fake_tools(folder: Path, **scripts: str) -> str:
    """A folder to use as PATH that holds only these shell scripts."""
    folder.mkdir()
    for name, script in scripts.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(folder)


@pytest.mark.parametrize(
    ("tools", "message", "package"),
    [
        ({}, "cmake is not installed", "cmake"),
        ({"cmake": ""}, "cc is not installed", "gcc libc6-dev"),
        ({"cmake": "", "cc": ""}, "make is not installed", "make"),
    ],
)
def test_missing_tool_is_named_with_its_command(
    empty_cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tools: dict[str, str],
    message: str,
    package: str,
) -> None:
    monkeypatch.setenv("PATH", fake_tools(tmp_path / "tools", **tools))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(KwsError, match=message) as fault:
        FrontEnd(FeatureConfig())
    assert fault.value.hint.endswith(f"apt-get install --no-install-recommends {package}")
    assert not list(empty_cache.rglob("*.so"))


def test_failing_build_shows_the_compilers_words(
    empty_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = tmp_path / "sources"
    for folder in ("firmware", "cmake"):
        shutil.copytree(source_root() / folder, sources / folder)
    shutil.copy(source_root() / "CMakeLists.txt", sources)
    pcan = sources / "firmware" / "frontend" / "pcan.c"
    pcan.write_text(pcan.read_text() + "\nint broken = undeclared_name;\n")
    monkeypatch.setattr(library_module, "source_root", lambda: sources)
    frontend_hash.cache_clear()
    try:
        with pytest.raises(KwsError, match=r"pcan\.c:\d+.*undeclared_name") as fault:
            FrontEnd(FeatureConfig())
    finally:
        frontend_hash.cache_clear()
    assert "cmake --build" in fault.value.hint
    assert not list(empty_cache.rglob("*.so"))


def test_parallel_builds_do_not_disturb_each_other(empty_cache: Path) -> None:
    features = FeatureConfig(channels=11)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: load_library.__wrapped__(features), range(2)))
    (only,) = (empty_cache / "frontend").iterdir()
    assert only.name == f"{frontend_hash(features)}.so"
    assert FrontEnd(features).clip(np.ones(480, np.int16)).shape == (1, 11)


def test_cache_folder_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KWS_CACHE_DIR", "cache")
    load_library.__wrapped__(FeatureConfig(channels=12))
    assert len(list((tmp_path / "cache" / "frontend").iterdir())) == 1


def test_library_name_follows_configuration_and_sources() -> None:
    names = {frontend_hash(FeatureConfig(channels=channels)) for channels in (20, 21, 20)}
    assert len(names) == 2


def test_features_are_computed_once(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = np.random.default_rng(1).integers(-5000, 5000, (3, 16_000)).astype(np.int16)
    first = cached_features(clips, FeatureConfig())
    assert np.array_equal(first, FrontEnd(FeatureConfig()).clips(clips))
    with monkeypatch.context() as patch:
        patch.setattr(cache_module, "compute", None)
        assert np.array_equal(cached_features(clips, FeatureConfig()), first)
    louder = clips * 2
    assert not np.array_equal(cached_features(louder, FeatureConfig()), first)
    cached_features(clips, FeatureConfig(pcan=False))
    assert len(list((empty_cache / "features").iterdir())) == 3


def test_interrupted_cache_leaves_nothing(
    empty_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cache_module, "compute", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cached_features(np.zeros((1, 16_000), np.int16), FeatureConfig())
    assert not list(empty_cache.rglob("*.npy"))


@given(
    output_scale=st.floats(1e-3, 1e3),
    input_scale=st.floats(1e-3, 1e3),
    zero_point=st.integers(-128, 127),
)
def test_quantize_is_the_written_integer_formula(
    output_scale: float, input_scale: float, zero_point: int
) -> None:
    features = np.concatenate([np.arange(0, 700), [65534, 65535]]).astype(np.uint16)
    multiplier, shift = quantization_constants(output_scale, input_scale)
    assert 1 << 30 <= multiplier < 1 << 31
    assert math.isclose(multiplier * 2.0**-shift, output_scale / input_scale, rel_tol=2**-30)
    expected = [
        min(127, ((int(f) * multiplier + (1 << (shift - 1))) >> shift) + zero_point)
        for f in features
    ]
    assert quantize(features, input_scale, zero_point, output_scale).tolist() == expected


def test_quantize_keeps_the_shape() -> None:
    features = np.zeros((2, 49, 40), np.uint16)
    assert quantize(features, 0.1, -128, 1 / 25.6).shape == features.shape


@pytest.mark.parametrize("scales", [(0.0, 1.0), (1.0, 0.0), (-1.0, 1.0), (math.nan, 1.0)])
def test_scales_must_be_positive(scales: tuple[float, float]) -> None:
    with pytest.raises(KwsError, match="must be positive"):
        quantization_constants(*scales)


@pytest.mark.parametrize("scales", [(1.0, 1e-10), (1e-10, 1.0)])
def test_scales_too_far_apart_are_named(scales: tuple[float, float]) -> None:
    with pytest.raises(KwsError, match="does not fit features in steps of"):
        quantization_constants(*scales)
