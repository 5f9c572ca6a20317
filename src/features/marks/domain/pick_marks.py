"""What makes each customer's copy of a pick their own: all of it follows from a key, the pick and the channel."""

import hmac
from dataclasses import replace

from features.marks.domain.text_marks import Synonyms, mark_text
from subscriptions.domain.entities.pick import Pick, PickContent
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import ChannelId, PickId


class MarksUnkeyed(UmbralError):
    """There is no key to make or read marks with."""


class PickMarks:
    """The operator's key and words. Whoever has not the key can neither tell a copy's mark nor make it."""

    def __init__(self, key: bytes | None, synonyms: Synonyms = (), *, is_on: bool = True) -> None:
        """is_on: whether picks are marked now; those that were are read as long as there is their key."""
        self._key = key
        self.synonyms = synonyms
        self.is_on = is_on and key is not None

    def seed(self, pick_id: PickId, channel_id: ChannelId) -> bytes:
        """What one channel's copy of one pick is drawn from. Raises MarksUnkeyed."""
        if self._key is None:
            raise MarksUnkeyed("PICK_MARK_KEY is not set: without the key of the marks no copy can be told apart")
        return hmac.digest(self._key, pick_id.bytes + channel_id.bytes, "sha256")

    def content(self, pick: Pick, channel_id: ChannelId, language: str = "") -> PickContent:
        """What a pick says in one channel: it reads the same in all of them, and is the same where marks are off.

        language: of its reader, where it says the same in several.
        """
        content = pick.content.in_language(language)
        if not self.is_on:
            return content
        # What is set in bold somewhere stays so only while no length changes.
        limit = 0 if content.entities else content.limit
        return replace(content, text=mark_text(content.text, self.seed(pick.id, channel_id), self.synonyms, limit))
