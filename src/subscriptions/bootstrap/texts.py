"""The texts in force in this process, in layers: built in, on them the vertical's."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from subscriptions.infrastructure.text_files import (
    PAGES,
    Vertical,
    built_in_texts,
    page_texts,
    vertical_texts,
    verticals,
)

__all__ = ["DEFAULT_VERTICAL", "PAGES", "TEXTS", "TextsInForce", "Vertical", "page_texts", "verticals"]

DEFAULT_VERTICAL: Final = "tips"
"""What an installation sells that does not say: all of them did, before there was a choice."""


class TextsInForce:
    """What is said now. version: another one after each change, for whoever keeps what they made of the texts."""

    def __init__(self) -> None:
        self.version = 0
        self._vertical = DEFAULT_VERTICAL
        self._texts: dict[str, Mapping[str, str]] = {}

    def choose(self, vertical: str) -> None:
        """Speak of what is sold."""
        self._vertical = vertical
        self._changed()

    def of(self, language: str) -> Mapping[str, str]:
        """By key, what is said in a language; nothing of another one."""
        texts = self._texts.get(language)
        if texts is None:
            texts = {**built_in_texts(language), **vertical_texts(self._vertical, language)}
            self._texts[language] = texts
        return texts

    def _changed(self) -> None:
        self._texts.clear()
        self.version += 1


TEXTS: Final = TextsInForce()
"""Those of this process."""


def layered(node: Any, texts: Mapping[str, str], key: str) -> Any:
    """A page's texts, each as it is in force. key: of the node, with a dot at its end."""
    if isinstance(node, Mapping):
        return {name: layered(part, texts, f"{key}{name}.") for name, part in node.items()}
    text = texts.get(key.removesuffix("."), node)
    return _paragraphs(text) if isinstance(node, list) else text


def _paragraphs(text: str | Sequence[str]) -> list[str]:
    lines = text.split("\n") if isinstance(text, str) else text
    return [line for line in lines if line.strip()]
