"""Gifts on PostgreSQL: concurrent presses, concurrent recipients, and a refund at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from subscriptions.application.vip.code_answers import Activation
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.ids import OrderId
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.infrastructure.database.console_story import SqlStories
from tests.fakes.shop import Shop
from tests.features.gifts.fakes import MONTH, Giving, giving_at
from tests.integration.application.conftest import replica, shop
from tests.integration.application.test_locks import until_it_waits

__all__ = ["replica", "shop"]

T = TypeVar("T")


@pytest.fixture
async def giving(shop: Shop) -> Giving:
    return await giving_at(shop)


async def again(act: Callable[[], Awaitable[T]]) -> T:
    """Retry an action on a database conflict, as the bot does."""
    while True:
        try:
            return await act()
        except RetryLater:
            continue


async def test_gift_opened_by_eight_people_at_once_has_one_code_and_one_recipient(giving: Giving) -> None:
    await giving.pays()
    codes = set(await asyncio.gather(*(again(giving.code) for _ in range(8))))
    assert len(codes) == 1
    code, order = codes.pop(), (await giving.order()).id
    people = [await giving.shop.customer() for _ in range(8)]
    opened = await asyncio.gather(*(again(lambda who=each: giving.open(who.telegram_id, code)) for each in people))
    assert [isinstance(each, Activation) for each in opened].count(True) == 1
    async with giving.shop.units() as uow:
        held = [item for each in people for item in await uow.subscriptions.of_customer(each.id)]
        payments = await uow.payments.of_order(order)
        lacking = await uow.receipts.list_lacking(giving.shop.clock.now() - timedelta(days=1), 9)
    assert [item.access_until for item in held] == [giving.shop.clock.now() + MONTH]
    assert [each.subscription_id for each in payments] == [held[0].id]
    assert not lacking


async def test_concurrent_button_presses_create_one_gift_order_and_one_order_for_the_buyers_own_access(
    giving: Giving,
) -> None:
    async def begin(*, for_another: bool) -> OrderId:
        return (
            await giving.shop.start(giving.ana.telegram_id, giving.plan.soft_id, "acme", for_another=for_another)
        ).order_id

    wanted = (True, False, True, False)
    orders = await asyncio.gather(*(again(lambda for_another=each: begin(for_another=for_another)) for each in wanted))
    assert len(set(orders)) == 2


async def test_gift_opened_during_its_refund_gives_no_time(giving: Giving) -> None:
    paid = await giving.pays()
    code, order = await giving.code(), (await giving.order()).id
    about = {"payment_key": "re-1", "about_payment": paid.payment_key, "amount": paid.amount}
    refund = giving.shop.provider.create_event(PaymentEventKind.REFUND, "re-1", amount_refunded=paid.amount, **about)
    await asyncio.gather(
        again(lambda: giving.open(giving.berta.telegram_id, code)), giving.shop.deliver_with_retries(refund)
    )
    assert await giving.has(giving.berta) is None
    async with giving.shop.units() as uow:
        assert [each.status for each in await uow.payments.of_order(order)] == ["refunded"]
    assert len(await giving.shop.notified("refunded")) == 1


async def test_gift_appears_in_the_customer_histories_of_giver_and_recipient(giving: Giving) -> None:
    await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    assert giving.shop.engine is not None
    stories, later = SqlStories(giving.shop.engine), giving.shop.clock.now() + MONTH
    kinds = [
        {line["kind"] for line in await stories.story(who.id, later, ["money", "access"], 50)}
        for who in (giving.ana, giving.berta)
    ]
    assert {"gift", "paid", "gift_opened"} <= kinds[0]
    assert not kinds[0] & {"order", "time_token"}
    assert {"gift_used", "time_token"} <= kinds[1]
    assert not kinds[1] & {"paid", "code_used"}


async def test_gift_opened_by_its_payer_does_not_deadlock_with_a_payment(giving: Giving, replica: Shop) -> None:
    await giving.pays()
    code, order = await giving.code(), (await giving.order()).id
    async with replica.units() as elsewhere:
        # Take the locks step by step, as the worker does that applies another event of the payment.
        assert await elsewhere.customers.get(giving.ana.id, lock=True)
        opening = asyncio.create_task(giving.open(giving.ana.telegram_id, code))
        await until_it_waits(giving.shop, opening)
        assert await elsewhere.orders.get(order, lock=True)
        await elsewhere.commit()
    assert isinstance(await opening, Activation)


async def test_two_mutual_gifts_are_refunded_concurrently(giving: Giving) -> None:
    """Two customers give each other a gift, and both gifts are opened before the refunds."""
    shop = giving.shop
    refunds = []
    for payer, opener in ((giving.ana, giving.berta), (giving.berta, giving.ana)):
        view = await shop.start(payer.telegram_id, giving.plan.soft_id, "acme", for_another=True)
        session = next(each.id for each in shop.provider.sessions.values() if each.url == view.url)
        paid = shop.provider.pay_once(session)
        await shop.deliver(paid)
        looked = await giving.gifts(payer.telegram_id, view.order_id)
        assert looked is not None
        assert looked.link is not None
        assert isinstance(await giving.open(opener.telegram_id, looked.link.rpartition("=")[2]), Activation)
        about = {"payment_key": f"re-{view.reference}", "about_payment": paid.payment_key, "amount": paid.amount}
        refunds.append(
            shop.provider.create_event(
                PaymentEventKind.REFUND, "refund", amount_refunded=paid.amount, order_id=paid.order_id, **about
            )
        )
    done = await asyncio.gather(*(shop.store(each) for each in refunds))
    await asyncio.gather(*(shop.apply(each) for each in done))
    assert [await giving.has(each) for each in (giving.ana, giving.berta)] == [None, None]
