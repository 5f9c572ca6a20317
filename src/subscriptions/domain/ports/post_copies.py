"""Port for preparing the content of a post for each channel."""

from typing import Protocol

from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.ids import ChannelId, DeliveryId


class PostCopies(Protocol):
    """Port for the content of a post in a channel, which may be a separate copy for that channel."""

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Fetch the data that the delivery needs. Call this method before claiming the delivery, because the claim
        would expire while data is fetched from a slow address.

        Raise RetryLater if the data cannot be fetched now.
        """
        ...

    def content(self, post: Post, channel_id: ChannelId, language: str = "") -> PostContent:
        """Return the content of a post in one channel. `language`: language of the reader, for a post in several
        languages.
        """
        ...

    async def picture(self, post: Post, channel_id: ChannelId) -> bytes | None:
        """Return the picture to upload. Return None if the post has no picture or Telegram fetches it by its address.

        Raise Permanent if the file is not a picture, and RetryLater if the picture was not fetched yet.
        """
        ...
