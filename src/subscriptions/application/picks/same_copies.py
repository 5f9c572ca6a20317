"""The same pick for every channel."""

from subscriptions.domain.entities.pick import Pick, PickContent
from subscriptions.domain.ids import ChannelId, DeliveryId


class SameCopies:
    """PickCopies: every channel is sent a pick as it was handed over."""

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Do nothing."""

    def content(self, pick: Pick, channel_id: ChannelId, language: str = "") -> PickContent:
        """See the port."""
        return pick.content.in_language(language)

    async def picture(self, pick: Pick, channel_id: ChannelId) -> bytes | None:
        """Return None: Telegram fetches the picture by its address."""
        return None
