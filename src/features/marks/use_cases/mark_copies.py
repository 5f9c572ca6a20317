"""Marked copy of a post for each channel."""

from dataclasses import dataclass

from features.marks.domain.pick_marks import PickMarks
from features.marks.use_cases.mark_picture import MarkPicture
from subscriptions.domain.entities.post import Post, PostContent
from subscriptions.domain.ids import ChannelId, DeliveryId


@dataclass(frozen=True)
class MarkCopies:
    """Creator of a marked text and picture for each channel, an implementation of PostCopies."""

    pick_marks: PickMarks
    mark_picture: MarkPicture

    async def prepare(self, delivery_id: DeliveryId) -> None:
        """Fetch and store the picture that the delivery needs. Raises RetryLater."""
        await self.mark_picture.fetch_for(delivery_id)

    def content(self, pick: Post, channel_id: ChannelId, language: str = "") -> PostContent:
        """Return the marked text of a channel's copy."""
        return self.pick_marks.content(pick, channel_id, language)

    async def picture(self, pick: Post, channel_id: ChannelId) -> bytes | None:
        """Return the marked picture of a channel's copy; None if there is no picture or it is not marked. Raises
        Permanent and RetryLater.
        """
        return await self.mark_picture(pick, channel_id)
