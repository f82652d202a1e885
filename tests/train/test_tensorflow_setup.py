# SPDX-License-Identifier: Apache-2.0
"""What TensorFlow says while it is loaded is shown when loading fails, and only then."""

import os

import pytest

from kws.train.tensorflow_setup import _quiet_import


@pytest.mark.parametrize(
    ("end", "shown"), [(None, ""), (ImportError("no"), "chatter"), (KeyboardInterrupt(), "")]
)
def test_chatter_is_for_failures(
    capfd: pytest.CaptureFixture[str], end: BaseException | None, shown: str
) -> None:
    def load() -> None:
        with _quiet_import():
            os.write(2, b"chatter")
            if end is not None:
                raise end

    if end is None:
        load()
    else:
        with pytest.raises(type(end)):
            load()
    assert capfd.readouterr().err == shown
