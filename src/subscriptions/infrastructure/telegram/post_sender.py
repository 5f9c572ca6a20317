"""Implementation of `PostSender`, which sends, edits and deletes posts by the bots that publish in channels."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from aiogram import Bot, exceptions

from subscriptions.domain.entities.post import PostContent
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import ChatId
from subscriptions.domain.ports.post_sender import ChannelRefuses, SentPost, TooLate, no_deadline
from subscriptions.infrastructure.tally import POSTS, count
from subscriptions.infrastructure.telegram import posting
from subscriptions.infrastructure.telegram.bot_client import Bots, channel_errors
from subscriptions.infrastructure.telegram.pacing import Pace
from subscriptions.infrastructure.telegram.quiet import Quiet, no_quiet_hours

_REFUSALS: Final = ("chat not found", "administrator rights", "not enough rights", "no rights", "CHAT_WRITE_FORBIDDEN")
"""Parts of Bot API error texts which mean that a bot may not post or is not in the channel. Every response with status
403 also counts as a refusal.
"""


class SenderBots:
    """Implementation of `PostSender`. Posts of one channel always go through the same bot, which can later edit the
    posts. Copied content is sent by the bot that can see its source.
    """

    def __init__(self, bots: Bots, quiet: Quiet = no_quiet_hours, pace: Callable[[], Pace] = Pace) -> None:
        """pace: function that creates the pacing of a sender bot"""
        self._quiet = quiet
        self._bots, self._copier = bots.senders, bots.subscription
        self._pace = {bot.id: pace() for bot in bots.senders} | {bots.subscription.id: bots.pace}

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
        """Implements `PostSender.post`. Text is sent as typed, without markup."""
        if content.source is not None or thread is not None:
            bot = self._copier
        elif not self._bots:
            raise Permanent("no sender bot is configured: put their tokens into SENDER_BOT_TOKENS")
        else:
            bot = self._bots[spread_key % len(self._bots)]
        await self._pace[bot.id].take_turn(chat)
        if not may_post():
            raise TooLate("its deadline came while others were sent before it")
        with _count(), _posting():
            return await posting.post(bot, chat, content, picture, thread or None, reply_to, silent=self._quiet())

    async def edit(self, chat: ChatId, post: SentPost, content: PostContent) -> None:
        """Implements `PostSender.edit`."""
        bot = self._bot(post)
        await self._pace[bot.id].take_turn(chat)
        with _posting():
            await posting.edit(bot, chat, post.message_id, content)

    async def withdraw(self, chat: ChatId, post: SentPost) -> None:
        """Implements `PostSender.withdraw`."""
        with _posting():
            await posting.delete(self._bot(post), chat, post)

    def _bot(self, sent_post: SentPost) -> Bot:
        for bot in (*self._bots, self._copier):
            if str(bot.id) == sent_post.bot:
                return bot
        raise Permanent(f"sender bot {sent_post.bot} is not configured any more")


@contextmanager
def _count() -> Iterator[None]:
    result = "failed"
    try:
        yield
        result = "sent"
    finally:
        count(POSTS, result)


@contextmanager
def _posting() -> Iterator[None]:
    with channel_errors():
        try:
            yield
        except exceptions.TelegramForbiddenError as error:
            raise ChannelRefuses(error.message) from error
        except exceptions.TelegramBadRequest as error:
            if any(word in error.message for word in _REFUSALS):
                raise ChannelRefuses(error.message) from error
            raise
