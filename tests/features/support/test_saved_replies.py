"""Saved replies, parsed from one text, each with its command."""

from __future__ import annotations

import pytest

from features.support.domain.saved_replies import LONGEST, read_replies


def test_text_of_saved_replies_is_split_at_each_command() -> None:
    text = "/gracias Gracias por escribirnos.\n/enlace Pulsa /estado.\nSi no sale,\n\ndínoslo.\n/fin\nHasta pronto"
    assert read_replies(text) == {
        "/gracias": "Gracias por escribirnos.",
        "/enlace": "Pulsa /estado.\nSi no sale,\n\ndínoslo.",
        "/fin": "Hasta pronto",
    }
    assert read_replies("") == {}


@pytest.mark.parametrize(
    "text", ["Hola", "/a", "/a x\n/a y", "/A x", "hola\n/a x", f"/a {'x' * (LONGEST + 1)}", "/a  "]
)
def test_invalid_saved_replies_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"each|none"):
        read_replies(text)
