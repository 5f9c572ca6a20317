"""Check that Telegram's pre-checkout queries are answered in time, and declined if the order cannot be checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.base import BaseSession
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError
from aiogram.methods import AnswerPreCheckoutQuery, TelegramMethod

from bot.pre_checkout import Approve, PreCheckoutDesk
from bot.texts import texts_for
from subscriptions.application.checkout.approve_chat_payment import ChatRefusal
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from tests.support.stars import TOKEN

QUERY = {
    "id": "88",
    "from": {"id": 7001, "language_code": "es"},
    "currency": "XTR",
    "total_amount": 1500,
    "invoice_payload": "order.1",
}


class Telegram(BaseSession):
    """Telegram session that fails with the given errors first."""

    def __init__(self, *failures: type[Exception]) -> None:
        super().__init__()
        self.failures = [*failures]
        self.answers: list[tuple[bool, str | None]] = []

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], *rest: Any, **more: Any) -> Any:
        if self.failures:
            raise self.failures.pop(0)(method=method, message="no")
        assert isinstance(method, AnswerPreCheckoutQuery)
        self.answers.append((method.ok, method.error_message))
        return True

    async def stream_content(self, *args: Any, **more: Any) -> AsyncGenerator[bytes, None]:
        yield b""

    async def close(self) -> None:
        """Do nothing, because no connection is open."""


@dataclass
class Judge:
    """Approval of pre-checkout queries that returns `word` or raises it as an error. asked: the recorded queries."""

    word: ChatRefusal | Exception | None = None
    asked: list[tuple[int, str, Money]] = field(default_factory=list)

    async def __call__(self, person: TelegramId, payload: str, amount: Money) -> ChatRefusal | None:
        self.asked.append((person, payload, amount))
        if isinstance(self.word, Exception):
            raise self.word
        return self.word


async def answers(approve: Approve, query: dict[str, Any], *failures: type[Exception]) -> list[tuple[bool, str | None]]:
    telegram = Telegram(*failures)
    await PreCheckoutDesk(Bot(TOKEN, session=telegram), approve, check_s=0.05)(query)
    return telegram.answers


async def test_approved_charge_is_confirmed_to_telegram() -> None:
    judge = Judge()
    assert await answers(judge, QUERY) == [(True, None)]
    assert judge.asked == [(7001, "order.1", Money(1500, "XTR"))]


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("refusal", ChatRefusal)
async def test_refusal_is_in_the_payers_language(refusal: ChatRefusal, language: str) -> None:
    query = {**QUERY, "from": {"id": 7001, "language_code": language}}
    assert await answers(Judge(refusal), query) == [(False, texts_for(language).plain(f"invoice.{refusal}"))]


@pytest.mark.parametrize(
    "broken",
    [{"total_amount": "much"}, {"from": None}, {"total_amount": None}],
    ids=["amount is not a number", "no sender", "no amount"],
)
async def test_unreadable_pre_checkout_query_is_declined(broken: dict[str, Any]) -> None:
    ((agreed, _),) = await answers(Judge(), QUERY | broken)
    assert agreed is False


async def test_charge_is_declined_when_the_check_fails() -> None:
    assert await answers(Judge(RetryLater("no database")), QUERY) == [(False, texts_for("es").plain("invoice.busy"))]


async def test_charge_is_declined_when_the_check_takes_too_long() -> None:
    async def hangs(person: TelegramId, payload: str, amount: Money) -> ChatRefusal | None:
        await asyncio.Event().wait()
        return None

    assert await answers(hangs, QUERY) == [(False, texts_for("es").plain("invoice.busy"))]


async def test_answer_to_a_pre_checkout_query_is_sent_again_after_a_network_error() -> None:
    assert await answers(Judge(), QUERY, TelegramNetworkError) == [(True, None)]


async def test_expired_pre_checkout_query_is_not_answered_again() -> None:
    assert await answers(Judge(), QUERY, TelegramBadRequest) == []
