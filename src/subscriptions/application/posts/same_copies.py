"""Implementations of the port `PostCopies`: `SameCopies` for posts that are identical in every channel, and
`ContainedCopies`, which uses the copies of a feature and handles failures of the feature.
"""

from dataclasses import dataclass, field

from subscriptions.application.feature_failures import contained
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import ChannelId, DeliveryId
from subscriptions.domain.ports.post_copies import PostCopies


class SameCopies:
    """Implementation of `PostCopies` for posts that are identical in every channel."""

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Do nothing, because identical content needs no preparation."""

    def content(self, post: Post, channel_id: ChannelId, language: str = "") -> PostContent:
        """Return the post's content in the reader's language."""
        return post.content.in_language(language)

    async def picture(self, post: Post, channel_id: ChannelId) -> bytes | None:
        """Return None: Telegram fetches the picture by its address."""
        return None


@dataclass(frozen=True)
class ContainedCopies:
    """Copies of a post that a feature makes for each channel. If the feature fails, the failure is reported and every
    channel receives the same content. Errors that the port declares are raised, so that the delivery waits.
    """

    feature: str
    copies: PostCopies
    same: PostCopies = field(default_factory=SameCopies)

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Fetch the data that the delivery needs. Raises RetryLater; a failure of the feature is only reported."""
        with contained(self.feature, "copies", passes=(UmbralError,)):
            await self.copies.prepare(delivery_id)

    def content(self, post: Post, channel_id: ChannelId, language: str = "") -> PostContent:
        """Return the feature's copy, or the post's own content if the feature fails."""
        with contained(self.feature, "copies", passes=(UmbralError,)):
            return self.copies.content(post, channel_id, language)
        return self.same.content(post, channel_id, language)

    async def picture(self, post: Post, channel_id: ChannelId) -> bytes | None:
        """Return the feature's picture, or None if the feature fails."""
        with contained(self.feature, "copies", passes=(UmbralError,)):
            return await self.copies.picture(post, channel_id)
        return await self.same.picture(post, channel_id)
