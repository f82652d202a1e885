# SPDX-License-Identifier: Apache-2.0
"""The words of a report are shown as they are, whatever they hold."""

import re

import pytest

from kws.evaluate.report_text import plain_markdown


@pytest.mark.parametrize("word", ["[red]", "a|b", "_unknown_", "`x`", "\\", "<b>", "*", "yes"])
def test_markdown_of_a_word_is_the_word(word: str) -> None:
    made = plain_markdown(word)
    assert re.sub(r"\\(.)", r"\1", made) == word
    assert not re.search(r"(?<!\\)(\\\\)*[|\[`<*_]", made)
