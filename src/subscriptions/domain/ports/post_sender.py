"""Port for publishing, editing and deleting posts in channels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.errors import Permanent, UmbralError
from subscriptions.domain.ids import ChatId


def no_deadline() -> bool:
    """Return True, because a post without a deadline may always be published."""
    return True


@dataclass(frozen=True)
class SentPost:
    """Published post. Only the bot that published it can change it. `others`: ids of an album's other messages."""

    bot: str
    message_id: int
    others: frozenset[str] = frozenset()


class ChannelRefuses(Permanent):
    """Error: the bot cannot post in the channel, because the bot lacks the right or is no longer a member, or the
    channel does not exist.
    """


class DeletionRefused(Permanent):
    """Error: the message cannot be deleted. Bots may delete messages for 48 hours only, in channels too
    (`deleteMessage`).
    """


class TooLate(UmbralError):
    """Error: the deadline of a post passed before the post could be published. Nothing was sent."""


class PostSender(Protocol):
    """Port for publishing posts through the operator's sender bots. Messages that are copied are sent through the bot
    that can see the original.

    May raise RetryLater (rate limits, network) or Permanent.
    """

    async def post(
        self,
        chat: ChatId,
        content: PostContent,
        spread_key: int,
        picture: bytes | None = None,
        may_post: Callable[[], bool] = no_deadline,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> SentPost:
        """Publish a post.

        spread_key: number that distributes the channels over the bots; a channel always gets the same bot
        picture: this channel's copy of the picture as JPEG, used instead of the content's URL
        may_post: function that is called immediately before sending; if it returns False, TooLate is raised
        thread: topic of a group with topics, 0 for the general topic; the subscription bot posts there, because no
            other bot needs to be a member of such a group. Raise ThreadGone if the topic was deleted
        reply_to: message to reply to; if it was deleted, the post is published without a reply
        """
        ...

    async def edit(self, chat: ChatId, post: SentPost, content: PostContent) -> None:
        """Edit a post. Unchanged content is not an error."""
        ...

    async def withdraw(self, chat: ChatId, post: SentPost) -> None:
        """Delete a post. A post that no longer exists is not an error. Raise DeletionRefused if the message remains."""
        ...
