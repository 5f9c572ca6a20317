"""Showing picks in channels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from subscriptions.domain.entities.pick import PickContent
from subscriptions.domain.errors import Permanent, UmbralError
from subscriptions.domain.ids import ChatId


def no_deadline() -> bool:
    """Whether what has no deadline may still be posted."""
    return True


@dataclass(frozen=True)
class PostedPick:
    """Where a pick stands: only the bot that posted it can change it. others: an album's other messages."""

    bot: str
    message_id: int
    others: frozenset[str] = frozenset()


class ChannelRefuses(Permanent):
    """The bot may not do this in the channel, is not in it any more, or there is no such channel."""


class DeletionRefused(Permanent):
    """Telegram does not let the bot delete the message: a bot may for 48 hours, in channels too (`deleteMessage`)."""


class TooLate(UmbralError):
    """Its turn came when it might not be posted any more; nothing was sent."""


class PickSender(Protocol):
    """Posts through the operator's sender bots; what is copied, through the one that sees it.

    Raises RetryLater (limits, network) or Permanent.
    """

    async def post(
        self,
        chat: ChatId,
        content: PickContent,
        spread_key: int,
        picture: bytes | None = None,
        may_post: Callable[[], bool] = no_deadline,
        thread: int | None = None,
        reply_to: int | None = None,
    ) -> PostedPick:
        """Post a pick. spread_key: spreads channels over the bots, the same channel always to the same bot.
        thread: the topic of a forum, 0 its general one: there the subscription bot posts, which alone has to be in it.
        Raises ThreadGone where somebody deleted it.

        picture: this channel's own copy, as JPEG, in the place of what the content's address leads to. may_post: asked
        when its turn has come, whether it may be posted; raises TooLate where it may not. reply_to: the message
        there that it answers; where that is gone, it is posted all the same.
        """
        ...

    async def edit(self, chat: ChatId, post: PostedPick, content: PickContent) -> None:
        """Change a pick; unchanged content is fine."""
        ...

    async def withdraw(self, chat: ChatId, post: PostedPick) -> None:
        """Delete a pick; one that is gone is fine. Raises DeletionRefused where the message stays."""
        ...
