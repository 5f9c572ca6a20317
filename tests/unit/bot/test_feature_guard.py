"""Check that the guard of a feature's router passes updates on, and reports failing and hanging handlers with the
feature's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from aiogram import Bot, Dispatcher, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import Chat, Message, Update

from bot import feature_guard
from bot.feature_guard import guard_router
from subscriptions.application.feature_failures import FAILURES

UPDATE = Update(
    update_id=1, message=Message(message_id=1, date=datetime(2026, 1, 1, tzinfo=UTC), chat=Chat(id=1, type="private"))
)


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set short time limits, and remove the recorded failures of other tests."""
    monkeypatch.setattr(feature_guard, "PATIENCE_S", 0.05)
    monkeypatch.setattr(feature_guard, "LONGEST_ANSWER_S", 0.2)
    FAILURES.take()
    yield
    FAILURES.take()


async def fits(message: Message) -> bool:
    return True


async def hangs(message: Message) -> bool:
    await asyncio.Event().wait()
    return True


async def takes_longer_than_filters(message: Message) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(0.1):
            await asyncio.Event().wait()
    return True


async def skips(message: Message) -> None:
    raise SkipHandler


async def feed(*handlers: tuple[Callable[[Message], Awaitable[object]], Callable[[Message], Awaitable[bool]]]) -> bool:
    """Pass an update to a feature's handlers with their filters. Return True if the next router received the update."""
    raffle, core, seen = Router(name="raffle"), Router(name="core"), list[Message]()
    for handler, passes in handlers:
        raffle.message.register(handler, passes)

    async def note(message: Message) -> None:
        seen.append(message)

    core.message.register(note)
    guard_router("raffle", raffle)
    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher.include_routers(raffle, core)
    try:
        await dispatcher.feed_update(Bot("123456:" + "a" * 35), UPDATE)
    finally:
        await dispatcher.storage.close()
    return bool(seen)


async def test_handler_that_skips_an_update_is_not_reported_as_a_failure() -> None:
    assert await feed((skips, fits))
    assert FAILURES.take() == {}


async def test_update_reaches_the_next_router_if_a_filter_of_a_feature_hangs() -> None:
    assert await feed((fits, hangs))
    assert [*FAILURES.take()] == [("raffle", "filter in the chat")]


async def test_update_reaches_the_next_router_if_a_filter_hangs_after_a_handler_skipped() -> None:
    assert await feed((skips, fits), (fits, hangs))
    assert [*FAILURES.take()] == [("raffle", "filter in the chat")]


async def test_handler_that_takes_longer_than_the_filter_timeout_is_not_reported() -> None:
    assert not await feed((takes_longer_than_filters, fits))
    assert FAILURES.take() == {}


async def test_hanging_handler_of_a_feature_times_out_and_is_reported_by_name() -> None:
    with pytest.raises(TimeoutError):
        await feed((hangs, fits))
    assert [*FAILURES.take()] == [("raffle", "handler in the chat")]
