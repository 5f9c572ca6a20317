"""The port that makes what each channel is sent of a pick."""

from typing import Protocol

from subscriptions.domain.entities.pick import Pick, PickContent
from subscriptions.domain.ids import ChannelId, DeliveryId


class PickCopies(Protocol):
    """Makes what a channel is sent of a pick, which may be a copy of its own."""

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Get what the delivery needs before it is claimed: the claim would expire while an address does not answer.

        Raises RetryLater.
        """
        ...

    def content(self, pick: Pick, channel_id: ChannelId, language: str = "") -> PickContent:
        """Return what the pick says in one channel. language: of its reader, for a pick in several."""
        ...

    async def picture(self, pick: Pick, channel_id: ChannelId) -> bytes | None:
        """Return the picture to upload, None for none and for one that Telegram fetches by its address.

        Raises Permanent for what is no picture, RetryLater for one that is not fetched yet.
        """
        ...
