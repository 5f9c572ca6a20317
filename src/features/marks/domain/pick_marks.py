"""Watermark of one channel's copy of a post, derived from a secret key, the post and the channel."""

import hmac
from dataclasses import replace

from features.marks.domain.text_marks import Synonyms, mark_text
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import ChannelId, PostId


class MarksUnkeyed(UmbralError):
    """Error: no key for creating or reading watermarks is configured."""


class PickMarks:
    """Creator of the watermarks in copies of posts, from the operator's key and synonyms. Without the key, watermarks
    can be neither created nor recognized.
    """

    def __init__(self, key: bytes | None, synonyms: Synonyms = (), *, is_on: bool = True) -> None:
        """Set the key and the synonyms. is_on: True if new posts are watermarked. Watermarks in earlier posts can be
        read in either case.
        """
        self._key = key
        self.synonyms = synonyms
        self.is_on = is_on and key is not None

    def seed(self, pick_id: PostId, channel_id: ChannelId) -> bytes:
        """Return the seed of one channel's copy of a post. Raises MarksUnkeyed if no key is configured."""
        if self._key is None:
            raise MarksUnkeyed("PICK_MARK_KEY is not set: without the key of the marks no copy can be told apart")
        return hmac.digest(self._key, pick_id.bytes + channel_id.bytes, "sha256")

    def content(self, pick: Post, channel_id: ChannelId, language: str = "") -> PostContent:
        """Return the content of a post for one channel, with that channel's watermark. The watermark does not change
        the meaning: at most, words are exchanged for the operator's synonyms. If watermarks are off, all channels get
        identical content.

        `language`: language of the reader, for a post in several languages.
        """
        content = pick.content.in_language(language)
        if not self.is_on:
            return content
        # The positions of the formatting stay correct only if no variant changes the text's length.
        limit = 0 if content.entities else content.limit
        return replace(content, text=mark_text(content.text, self.seed(pick.id, channel_id), self.synonyms, limit))
