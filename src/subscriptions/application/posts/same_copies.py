"""Implementations of `PostCopies`: one for identical posts in every channel, and one for copies of a feature that may
fail.
"""

from dataclasses import dataclass, field

from subscriptions.application.feature_failures import contained
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import ChannelId, DeliveryId
from subscriptions.domain.ports.post_copies import PostCopies


class SameCopies:
    """Copies of a post that are identical in every channel."""

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Do nothing."""

    def content(self, post: Post, channel_id: ChannelId, language: str = "") -> PostContent:
        """Return the post's content, as described in the port."""
        return post.content.in_language(language)

    async def picture(self, post: Post, channel_id: ChannelId) -> bytes | None:
        """Return None: Telegram fetches the picture by its address."""
        return None


@dataclass(frozen=True)
class ContainedCopies:
    """Copies made by a feature. If the feature fails, the same content is sent to every channel and the failure is
    reported. Errors of the port are raised, so that the delivery waits.
    """

    feature: str
    copies: PostCopies
    same: PostCopies = field(default_factory=SameCopies)

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Prepare the delivery as described in the port."""
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
