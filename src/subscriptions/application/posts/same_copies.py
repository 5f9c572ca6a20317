"""Implementation of `PickCopies` that sends the same post to every channel."""

from subscriptions.domain.entities.pick import Pick, PickContent
from subscriptions.domain.ids import ChannelId, DeliveryId


class SameCopies:
    """Copies of a post that are identical in every channel."""

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Do nothing."""

    def content(self, pick: Pick, channel_id: ChannelId, language: str = "") -> PickContent:
        """Return the post's content, as described in the port."""
        return pick.content.in_language(language)

    async def picture(self, pick: Pick, channel_id: ChannelId) -> bytes | None:
        """Return None: Telegram fetches the picture by its address."""
        return None
