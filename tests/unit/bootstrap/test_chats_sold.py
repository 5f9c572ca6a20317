"""Sale of an existing chat by a new installation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from subscriptions.application.resources.note_chat import NoteChat
from subscriptions.bootstrap import chats_sold
from subscriptions.bootstrap.checks.problem import Problem
from subscriptions.bootstrap.resource_desk import ResourceDesk
from subscriptions.domain.ids import ChatId
from tests.fakes import samples
from tests.fakes.invite_maker import MemoryInviteMaker, channel_look
from tests.fakes.provisioner import MemoryTelegram
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff

CHAT = ChatId(-1002200000001)


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


@pytest.fixture
def desk(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the database and the bot by those of a test. The bot is an administrator of the chat."""
    maker = MemoryInviteMaker(MemoryTelegram(shop.clock))
    maker.looks = {CHAT: channel_look(CHAT, "VIP")}
    container = SimpleNamespace(core=SimpleNamespace(units=lambda: shop.units))

    @asynccontextmanager
    async def operator(_: Mapping[str, str]) -> AsyncIterator[SimpleNamespace]:
        yield container

    @asynccontextmanager
    async def resource_desk(_: Mapping[str, str]) -> AsyncIterator[ResourceDesk]:
        yield ResourceDesk(NoteChat(shop.units, maker, shop.clock), Staff(shop).run)

    monkeypatch.setattr(chats_sold, "operator", operator)
    monkeypatch.setattr(chats_sold, "resource_desk", resource_desk)


@pytest.mark.usefixtures("desk")
async def test_chat_with_the_title_of_a_built_in_resource_is_sold_under_another_slug() -> None:
    assert await chats_sold.sell_chat({}, str(CHAT)) == "vip-2"
    assert await chats_sold.sell_chat({}, str(CHAT)) == "vip-2"


@pytest.mark.usefixtures("desk")
async def test_chat_that_is_a_customers_own_channel_is_a_problem_and_not_an_error(shop: Shop) -> None:
    ana, plan = await shop.customer(), await shop.plan()
    async with shop.units() as uow:
        order = samples.order(ana, plan)
        await uow.orders.add_if_new(order)
        subscription = samples.subscription(order)
        await uow.subscriptions.save(subscription)
        await uow.channels.add_if_new(samples.ready_channel(subscription, channel_id=CHAT))
        await uow.commit()
    problem = await chats_sold.sell_chat({}, str(CHAT))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.facts) == ("chat_known", {"title": "VIP", "what": "a customer's own channel"})
