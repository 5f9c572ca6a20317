"""Current texts of this process. The operator's texts override those of the vertical (kind of shop), which override the
built-in texts.
"""

from collections.abc import Collection, Mapping, Sequence
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
    texts_of_others,
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
    "built_in_texts",
    "chat_table",
    "feature_texts",
    "page_texts",
    "verticals",
]

_CUSTOMERS_ALONE: Final = "pt"
"""Language that is available for customers and not for staff."""
_NO_TEXTS: Final = (f"{PAGES}meta.",)


class TextsInForce(TextCatalog):
    """Catalog of the current texts of one process.

    version: number that changes with every change of the texts, for callers that cache derived data
    features: names of the features that are on
    """

    def __init__(self) -> None:
        self.version = 0
        self.features: frozenset[str] = frozenset()
        self._vertical = DEFAULT_VERTICAL
        self._custom: Sequence[CustomText] = ()
        self._texts: dict[str, Mapping[str, str]] = {}

    def choose(self, vertical: str) -> None:
        """Set the vertical (kind of shop) whose texts are used."""
        self._vertical = vertical
        self._forget()

    def use_features(self, names: Collection[str]) -> None:
        """Use the texts that apply while exactly these features are on."""
        self.features = frozenset(names)
        self._forget()

    def texts_of(self, language: str) -> Mapping[str, str]:
        """Return the texts of a language, keyed by text key. The built-in texts are overridden by the vertical's, and
        these by the operator's. In each of the three layers, a regional language overrides its base language; other
        languages are not used.
        """
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
        """Replace all custom texts of the operator."""
        self._custom = texts
        self._forget()

    def text_keys(self) -> Sequence[str]:
        """Return the keys of the texts for customers: the keys of the Portuguese texts, because only texts for
        customers exist in Portuguese, and the keys that third-party features declare as texts for customers.
        """
        return _read_by_customers()

    def default(self, text_id: TextId) -> str | None:
        """Return the text that applies without a custom text; None for an unknown key. For a text of one plan or
        resource, this is the current general text.
        """
        if text_id.scope:
            return self.texts_of(text_id.language).get(text_id.for_all.key)
        own, *others = variants(text_id.language)
        layers = [texts(each) for texts in (self._of_vertical, built_in_texts) for each in (own, *others)]
        # The operator's text in the base language overrides the built-in text of a regional language.
        custom = {text.key: text.text for text in self._custom if text.language in others}
        return next((texts[text_id.key] for texts in (custom, *layers) if text_id.key in texts), None)

    def own_words(self, text_id: TextId) -> bool:
        """Return True if the default text comes from the shop's vertical and not from the built-in texts."""
        return any(text_id.for_all.key in self._of_vertical(each) for each in variants(text_id.language))

    def _of_vertical(self, language: str) -> Mapping[str, str]:
        return vertical_texts(self._vertical, language)

    def _forget(self) -> None:
        self._texts.clear()
        self.version += 1


@cache
def _read_by_customers() -> Sequence[str]:
    ours = (key for key in built_in_texts(_CUSTOMERS_ALONE) if not key.startswith(_NO_TEXTS))
    return tuple(dict.fromkeys([*ours, *texts_of_others()]))


LANGUAGES.speak(written_languages())
TEXTS: Final = TextsInForce()
"""Shared catalog of the current texts of this process."""


def layer(node: Any, texts: Mapping[str, str], key: str) -> Any:
    """Return the texts of a page, with each text replaced by the current one.

    node: table of texts, list of paragraphs, or text
    texts: current texts keyed by text key
    key: key of the node, with a trailing dot
    """
    if isinstance(node, Mapping):
        return {name: layer(part, texts, f"{key}{name}.") for name, part in node.items()}
    text = texts.get(key.removesuffix("."), node)
    return _paragraphs(text) if isinstance(node, list) else text


def _paragraphs(text: str | Sequence[str]) -> list[str]:
    lines = text.split("\n") if isinstance(text, str) else text
    return [line for line in lines if line.strip()]
