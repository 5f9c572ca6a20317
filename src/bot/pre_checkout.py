"""Answers to Telegram's pre-checkout queries, which must reach Telegram within ten seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramAPIError, TelegramBadRequest

from bot.texts import texts_for
from subscriptions.application.checkout.approve_chat_payment import ChatRefusal
from subscriptions.application.people.customers import language_for
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money

log = structlog.get_logger(__name__)

CHECK_S: Final = 6.0
"""Maximum time in seconds for the approval, so that time remains to send the answer."""
ANSWER_S: Final = 3.0
"""Seconds to wait for Telegram's confirmation of the answer before the answer is sent again."""
LAST_S: Final = 9.5
PAUSE_S: Final = 0.5

BUSY: Final = "busy"

Approve = Callable[[TelegramId, str, Money], Awaitable[ChatRefusal | None]]
"""Function that approves a charge by returning None or refuses it with the reason, see `ApproveChatPayment`."""


@dataclass(frozen=True)
class PreCheckoutDesk:
    """Handler of pre-checkout queries. It approves charges that match an open order and refuses all others with a
    message.

    A decision that fails or takes too long counts as a refusal.
    """

    bot: Bot
    approve: Approve
    check_s: float = CHECK_S

    async def __call__(self, query: Mapping[str, Any]) -> None:
        """Answer a query. query: the raw pre-checkout query with its id."""
        deadline = asyncio.get_running_loop().time() + LAST_S
        refusal = await self._refusal(query)
        message = None
        if refusal is not None:
            message = texts_for(_language(query)).plain(f"invoice.{refusal}")
        await self._answer(str(query["id"]), message, deadline)

    async def _refusal(self, query: Mapping[str, Any]) -> str | None:
        try:
            person, amount = _request_of(query)
        except (KeyError, TypeError, ValueError, UmbralError):
            log.warning("pre-checkout that cannot be read refused")
            return ChatRefusal.UNKNOWN
        try:
            async with asyncio.timeout(self.check_s):
                return await self.approve(person, str(query.get("invoice_payload", "")), amount)
        except (TimeoutError, UmbralError) as error:
            log.warning("pre-checkout not looked into in time", reason=str(error) or type(error).__name__)
            return BUSY

    async def _answer(self, query: str, message: str | None, deadline: float) -> None:
        """Send the answer, retrying until Telegram's ten-second deadline."""
        read_clock = asyncio.get_running_loop().time
        while (time_left := deadline - read_clock()) > 0:
            try:
                async with asyncio.timeout(min(ANSWER_S, time_left)):
                    await self.bot.answer_pre_checkout_query(query, ok=message is None, error_message=message)
                return
            except TelegramBadRequest as error:
                log.warning("pre-checkout past answering: nothing is charged", reason=str(error))
                return
            except (TelegramAPIError, TimeoutError) as error:
                log.warning("pre-checkout not answered yet", reason=str(error) or type(error).__name__)
                await asyncio.sleep(PAUSE_S)


def _request_of(query: Mapping[str, Any]) -> tuple[TelegramId, Money]:
    return TelegramId(int(query["from"]["id"])), Money(int(query["total_amount"]), str(query["currency"]))


def _language(query: Mapping[str, Any]) -> str:
    sender = query.get("from")
    code = sender.get("language_code") if isinstance(sender, Mapping) else None
    return language_for(str(code or ""))
