"""Port for the texts shown to customers: defaults and custom texts."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.custom_text import CustomText, TextId


class TextCatalog(Protocol):
    """Replaceable texts of the chat and the web pages, and the operator's custom texts."""

    @abstractmethod
    def text_keys(self) -> Sequence[str]:
        """Return the keys of all texts, in the order of their files."""

    @abstractmethod
    def default(self, text_id: TextId) -> str | None:
        """Return the default text, either Umbral's or that of the vertical (the kind of shop); None if the language has
        no such text.
        """

    @abstractmethod
    def own_words(self, text_id: TextId) -> bool:
        """Return True if the default text comes from the vertical (the kind of shop) and not from Umbral."""

    @abstractmethod
    def say(self, texts: Sequence[CustomText]) -> None:
        """Use these custom texts in this process from now on, replacing all earlier ones."""
