"""Creation of a watermarked copy of a post for each channel."""

from dataclasses import dataclass

from features.marks.domain.pick_marks import PickMarks
from features.marks.use_cases.mark_picture import MarkPicture
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.ids import ChannelId, DeliveryId


@dataclass(frozen=True)
class MarkCopies:
    """Creator of a watermarked text and picture for each channel, an implementation of PostCopies."""

    pick_marks: PickMarks
    mark_picture: MarkPicture

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Fetch and store the picture that the delivery needs. Raises RetryLater if the picture cannot
        be fetched now.
        """
        await self.mark_picture.fetch_for(delivery_id)

    def content(self, pick: Post, channel_id: ChannelId, language: str = "") -> PostContent:
        """Return the watermarked text of a channel's copy."""
        return self.pick_marks.content(pick, channel_id, language)

    async def picture(self, pick: Post, channel_id: ChannelId) -> bytes | None:
        """Return the watermarked picture of a channel's copy; None if the post has no picture or watermarks are off.
        Raises Permanent if the file is not a picture, and RetryLater if the original was not fetched yet.
        """
        return await self.mark_picture(pick, channel_id)
