"""Reception of Telegram updates: store the updates, immediately answer the urgent ones, and report which updates to
acknowledge.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError

from bot.pre_checkout import PreCheckoutDesk
from bot.updates import callback_id, is_group_talk, is_strange_post, pre_checkout, read_update
from subscriptions.application.inbox.bot_updates import ReceivedUpdates, ReceiveUpdates
from subscriptions.bootstrap.bot import FairSemaphore

log = structlog.get_logger(__name__)


class Reception:
    """Receiver that stores the subscription bot's updates from polling or from the webhook."""

    def __init__(
        self,
        bot: Bot,
        receive_updates: ReceiveUpdates,
        pre_checkout_desk: PreCheckoutDesk,
        channels: Collection[int] = (),
        groups: Collection[int] = (),
    ) -> None:
        """Create the reception.

        channels: channels whose posts are stored. groups: groups whose messages are stored. The bot also receives the
        messages of the other chats that it administers, but does not store them.
        """
        self._channels, self._groups = channels, groups
        self._bot = bot
        self._receive_updates = receive_updates
        self._pre_checkout = pre_checkout_desk
        self._answers: set[asyncio.Task[None]] = set()

    async def take(self, raws: Sequence[object], turns: FairSemaphore | None = None) -> int | None:
        """Store updates, and return the highest id to acknowledge, or None if no update has an id. Raises RetryLater if
        the updates could not be stored.

        turns: semaphore with the slots for chats of known customers. A slot is reserved for each known chat that sent
            one of these updates.
        """
        incoming_updates = [item for raw in raws if (item := read_update(raw)) is not None]
        if len(incoming_updates) < len(raws):
            log.warning("updates without an id dropped", count=len(raws) - len(incoming_updates))
        if not incoming_updates:
            return None
        kept_incoming_updates = [item for item in incoming_updates if self._is_of_interest(item.payload)]
        received = (
            await self._receive_updates(self._bot.id, kept_incoming_updates)
            if kept_incoming_updates
            else ReceivedUpdates()
        )
        if turns is not None:
            for chat_key in received.known_chats:
                turns.expect(chat_key)
        for item in kept_incoming_updates:
            if item.update_id in received.fresh:
                self._answer(item.payload)
        return max(item.update_id for item in incoming_updates)

    def _is_of_interest(self, payload: Mapping[str, Any]) -> bool:
        return not (is_strange_post(payload, self._channels) or is_group_talk(payload, self._groups))

    async def aclose(self) -> None:
        """Wait until the answers that are being sent are finished."""
        if self._answers:
            await asyncio.wait(self._answers)

    def _answer(self, payload: Mapping[str, Any]) -> None:
        callback, query = callback_id(payload), pre_checkout(payload)
        if callback is not None:
            work = self._answer_callback(callback)
        elif query is not None:
            work = self._pre_checkout(query)
        else:
            return
        task = asyncio.create_task(work)
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer_callback(self, query: str) -> None:
        """Answer a callback query without text, because the result is shown in the chat. If the query is too old,
        Telegram's error is only logged.
        """
        try:
            await self._bot.answer_callback_query(query)
        except TelegramAPIError as error:
            log.info("callback not answered", reason=str(error))
