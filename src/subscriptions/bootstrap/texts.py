"""The texts in force in this process, in layers: built in, on them the vertical's, on them the operator's."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from subscriptions.application.features import DEFAULT_VERTICAL
from subscriptions.domain.entities.custom_text import CustomText, TextId
from subscriptions.domain.entities.spoken import LANGUAGES, variants
from subscriptions.domain.ports.text_catalog import TextCatalog
from subscriptions.infrastructure.text_files import (
    PAGES,
    Vertical,
    alarm_texts,
    built_in_texts,
    chat_table,
    feature_texts,
    page_texts,
    vertical_texts,
    verticals,
    written_languages,
)

__all__ = [
    "DEFAULT_VERTICAL",
    "PAGES",
    "TEXTS",
    "TextsInForce",
    "Vertical",
    "alarm_texts",
    "chat_table",
    "feature_texts",
    "page_texts",
    "verticals",
]

_CUSTOMERS_ALONE: Final = "pt"
"""The language in which nobody of the operator's people is spoken to."""
_NO_TEXTS: Final = (f"{PAGES}meta.",)


class TextsInForce(TextCatalog):
    """What is said now. version: another one after each change, for whoever keeps what they made of the texts."""

    def __init__(self) -> None:
        self.version = 0
        self._vertical = DEFAULT_VERTICAL
        self._custom: Sequence[CustomText] = ()
        self._texts: dict[str, Mapping[str, str]] = {}

    def choose(self, vertical: str) -> None:
        """Speak of what is sold."""
        self._vertical = vertical
        self._forget()

    def texts_of(self, language: str) -> Mapping[str, str]:
        """By key, what is said in a language, a country's own on its language in each layer; nothing of another one."""
        texts = self._texts.get(language)
        if texts is None:
            texts, own = {}, variants(language)[::-1]
            for each in own:
                texts |= built_in_texts(each)
            for each in own:
                texts |= vertical_texts(self._vertical, each)
            for each in own:
                texts |= {text.key: text.text for text in self._custom if text.language == each}
            self._texts[language] = texts
        return texts

    def say(self, texts: Sequence[CustomText]) -> None:
        """What the operator says otherwise, all of it."""
        self._custom = texts
        self._forget()

    def text_keys(self) -> Sequence[str]:
        """Of what customers read: Portuguese has nothing else."""
        return _read_by_customers()

    def default(self, text_id: TextId) -> str | None:
        """What is said unless the operator says otherwise; for one plan or resource, what is said for all."""
        if text_id.scope:
            return self.texts_of(text_id.language).get(text_id.for_all.key)
        own, *others = variants(text_id.language)
        layers = [texts(each) for texts in (self._of_vertical, built_in_texts) for each in (own, *others)]
        # On the language's own words in a country's: the operator's for that language.
        custom = {text.key: text.text for text in self._custom if text.language in others}
        return next((texts[text_id.key] for texts in (custom, *layers) if text_id.key in texts), None)

    def own_words(self, text_id: TextId) -> bool:
        """Whether that is the vertical's."""
        return any(text_id.for_all.key in self._of_vertical(each) for each in variants(text_id.language))

    def _of_vertical(self, language: str) -> Mapping[str, str]:
        return vertical_texts(self._vertical, language)

    def _forget(self) -> None:
        self._texts.clear()
        self.version += 1


@cache
def _read_by_customers() -> Sequence[str]:
    return tuple(key for key in built_in_texts(_CUSTOMERS_ALONE) if not key.startswith(_NO_TEXTS))


LANGUAGES.speak(written_languages())
TEXTS: Final = TextsInForce()
"""Those of this process."""


def layer(node: Any, texts: Mapping[str, str], key: str) -> Any:
    """A page's texts, each as it is in force. key: of the node, with a dot at its end."""
    if isinstance(node, Mapping):
        return {name: layer(part, texts, f"{key}{name}.") for name, part in node.items()}
    text = texts.get(key.removesuffix("."), node)
    return _paragraphs(text) if isinstance(node, list) else text


def _paragraphs(text: str | Sequence[str]) -> list[str]:
    lines = text.split("\n") if isinstance(text, str) else text
    return [line for line in lines if line.strip()]
