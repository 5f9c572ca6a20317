"""What customers read unless the operator says otherwise."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from subscriptions.domain.entities.custom_text import CustomText, TextId


class TextCatalog(Protocol):
    """The texts of the chat and the pages that may be said otherwise, and those that are."""

    @abstractmethod
    def text_keys(self) -> Sequence[str]:
        """Of all of them, in the order of their files."""

    @abstractmethod
    def default(self, text_id: TextId) -> str | None:
        """What is built in or the vertical's; None where that language has no words for it."""

    @abstractmethod
    def own_words(self, text_id: TextId) -> bool:
        """Whether the default is the vertical's."""

    @abstractmethod
    def say(self, texts: Sequence[CustomText]) -> None:
        """From now on, in this process, in place of what was said before."""
