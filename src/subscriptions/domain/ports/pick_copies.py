"""Port that makes the content of a post for each channel."""

from typing import Protocol

from subscriptions.domain.entities.pick import Pick, PickContent
from subscriptions.domain.ids import ChannelId, DeliveryId


class PickCopies(Protocol):
    """Maker of a post's content for a channel, which may be a separate copy."""

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Fetch the data that the delivery needs before the delivery is claimed: the claim would expire while an
        address does not answer.

        Raises RetryLater.
        """
        ...

    def content(self, pick: Pick, channel_id: ChannelId, language: str = "") -> PickContent:
        """Return the content of a post in one channel. language: of the reader, for a post in several languages."""
        ...

    async def picture(self, pick: Pick, channel_id: ChannelId) -> bytes | None:
        """Return the picture to upload, None for none and for one that Telegram fetches by its address.

        Raises Permanent for what is no picture, RetryLater for one that is not fetched yet.
        """
        ...
