"""Gifts: plans paid by one customer and opened once by another, void if the money is returned."""

from __future__ import annotations

from datetime import timedelta

import pytest

from features.gifts.use_cases.show_gift import LOOKED_AT
from subscriptions.application.catalog.browse_plans import PlanUnavailable
from subscriptions.application.checkout.pay_messages import FindLapsed, FindPayMessages, RememberPayMessage
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.application.vip.code_answers import Activation, CodeOffer, CodeRefusal, TokenRefusal
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.ids import TelegramId, is_for_another
from subscriptions.domain.money import Money
from subscriptions.domain.services.code_seal import CodeSeal
from subscriptions.domain.services.handover_policy import HandoverState
from tests.fakes.shop import memory_shop
from tests.features.gifts.fakes import MONTH, Giving, giving_at


@pytest.fixture
async def giving() -> Giving:
    return await giving_at(memory_shop())


async def test_gift_is_paid_and_opened_once_and_its_giver_is_notified(giving: Giving) -> None:
    await giving.pays()

    order = await giving.order()
    assert is_for_another(order.id)
    assert not order.recurring
    assert order.price == giving.plan.price
    assert await giving.has(giving.ana) is None, "who pays for another has nothing of it"
    assert len(await giving.shop.notified("gift_ready")) == 1
    code = await giving.code()
    assert await giving.code() == code, "the same at each look"

    offered = await giving.open.preview(giving.berta.telegram_id, code)
    assert isinstance(offered, CodeOffer)
    assert offered.paid_for
    assert offered.days == 30
    opened = await giving.open(giving.berta.telegram_id, code)

    assert isinstance(opened, Activation)
    assert opened.paid_for
    held = await giving.has(giving.berta)
    assert held is not None
    assert held.access_until == giving.shop.clock.now() + MONTH
    assert not held.renews
    assert [job["customer_id"] for job in await giving.shop.notified("gift_opened")] == [str(giving.ana.id)]
    another = await giving.open((await giving.shop.customer(telegram_id=TelegramId(778))).telegram_id, code)
    assert isinstance(another, CodeRefusal)
    assert another.reason is TokenRefusal.USED
    assert (await giving.seen()).is_opened
    assert (await giving.seen()).link is None


async def test_gift_cannot_be_opened_with_its_token_as_stored_in_the_database(giving: Giving) -> None:
    await giving.pays()
    code = await giving.code()
    kept = [token.token for token in giving.shop.memory.rows("activation_tokens")]
    assert code not in repr(giving.shop.memory.tables)
    assert len(kept) == 1
    tried = await giving.open(giving.berta.telegram_id, kept[0])
    assert isinstance(tried, CodeRefusal)
    assert tried.reason is TokenRefusal.UNKNOWN


async def test_gift_and_the_givers_own_purchase_of_the_same_plan_have_separate_checkouts(giving: Giving) -> None:
    _mine, session = await giving.shop.checkout(giving.ana, giving.plan)
    gift = await giving.begins()
    assert gift != session, "two pages: one of each kind"
    assert await giving.begins() == gift, "the same page while it lives"
    await giving.shop.deliver(*giving.shop.provider.pay(gift))
    await giving.shop.close_what_is_open()
    assert session not in giving.shop.provider.closed, "a gift closes no page of one's own"
    await giving.shop.deliver(*giving.shop.provider.pay(session))

    held = await giving.has(giving.ana)
    assert held is not None
    assert held.renews
    assert (await giving.seen()).state is HandoverState.GOOD
    assert await giving.begins() not in {gift, session}, "and another may be given beside it"


async def test_payment_message_of_a_paid_gift_is_not_edited_for_the_next_gift(giving: Giving) -> None:
    shop, remember = giving.shop, RememberPayMessage(giving.shop.units)
    start = shop.start

    async def begins(message: int) -> tuple[CheckoutView, str]:
        view = await start(giving.ana.telegram_id, giving.plan.soft_id, "acme", for_another=True)
        await remember(giving.ana.telegram_id, view, message)
        return view, next(s.id for s in shop.provider.sessions.values() if s.url == view.url)

    shown = []
    for message in (7, 8):
        view, session = await begins(message)
        await shop.deliver(*shop.provider.pay(session))
        async with shop.units() as uow:
            (payment,) = await uow.payments.of_order(view.order_id)
        found = await FindPayMessages(shop.units)(payment.id)
        assert found is not None
        shown.append((found.message_ids, found.reference == view.reference))
    assert shown == [((7,), True), ((8,), True)]

    view, _ = await begins(9)
    shop.clock.advance(timedelta(minutes=40))
    for _ in range(2):
        await shop.run_due()
    lapsed = await FindLapsed(shop.units, shop.clock)(view.order_id)
    assert lapsed is not None
    assert lapsed.message_ids == (9,)


async def test_gift_has_one_receipt_in_its_givers_name(giving: Giving) -> None:
    await giving.pays()
    code = await giving.code()
    await giving.open(giving.berta.telegram_id, code)
    async with giving.shop.units() as uow:
        written = await uow.receipts.of_customer(giving.ana.id, 9)
        assert [each.amount for each in written] == [giving.plan.price]
        assert not await uow.receipts.of_customer(giving.berta.id, 9)
        assert not await uow.receipts.list_lacking(giving.shop.clock.now() - MONTH, 9)


async def test_paid_gift_keeps_its_days_when_the_plan_changes_or_is_deactivated(giving: Giving) -> None:
    await giving.pays()
    code = await giving.code()
    giving.plan.active = giving.plan.honours_tokens = False
    giving.plan.price = Money(100, "EUR")
    await giving.shop.change_plan(giving.plan)
    opened = await giving.open(giving.berta.telegram_id, code)
    assert isinstance(opened, Activation)
    assert opened.days == 30
    with pytest.raises(PlanUnavailable):
        await giving.begins()


async def test_gift_whose_payment_an_earlier_release_applied_to_the_giver_cannot_be_opened(giving: Giving) -> None:
    await giving.pays()
    code, order = await giving.code(), await giving.order()
    _, session = await giving.shop.checkout(giving.ana, giving.plan)
    await giving.shop.deliver(*giving.shop.provider.pay(session))
    held = await giving.has(giving.ana)
    async with giving.shop.units() as uow:
        (payment,) = await uow.payments.of_order(order.id)
        payment.subscription_id = held.id if held else None
        await uow.payments.save(payment)
        await uow.commit()
    refused = await giving.open(giving.berta.telegram_id, code)
    assert isinstance(refused, CodeRefusal)
    assert (await giving.seen()).link is None


async def test_unpaid_gift_has_no_link_and_is_visible_to_its_payer_only(giving: Giving) -> None:
    await giving.begins()
    async with giving.shop.units() as uow:
        (order,) = await uow.orders.open_of(giving.ana.id)
    view = await giving.gifts(giving.ana.telegram_id, order.id)
    assert view is not None
    assert view.state is HandoverState.UNPAID
    assert view.link is None
    assert await giving.gifts(giving.berta.telegram_id, order.id) is None
    assert not await giving.gifts.list_unopened(giving.ana.telegram_id)
    assert order.status is OrderStatus.OPEN


async def test_new_code_key_creates_another_link_for_the_same_gift(giving: Giving) -> None:
    await giving.pays()
    old = await giving.code()
    renewed = Giving(giving.shop, giving.plan, giving.ana, giving.berta, CodeSeal(b"another key"))
    assert isinstance(await renewed.open.preview(giving.berta.telegram_id, old), CodeOffer), (
        "what was handed over works"
    )
    new = await renewed.code()
    assert new != old
    assert isinstance(await renewed.open(giving.berta.telegram_id, new), Activation)


async def test_gift_can_be_opened_if_no_code_key_is_configured(giving: Giving) -> None:
    plain = Giving(giving.shop, giving.plan, giving.ana, giving.berta, CodeSeal())
    await plain.pays()
    code = await plain.code()
    assert await plain.code() == code
    assert isinstance(await plain.open(plain.berta.telegram_id, code), Activation)


async def test_free_plans_and_plans_with_an_end_date_cannot_be_gifts(giving: Giving) -> None:
    for more in ({"price": Money(0, "EUR")}, {"recurring": False, "interval": None, "duration_days": 30}):
        plan = await giving.shop.plan(soft_id=f"p{len(more)}", **more)
        if plan.price.minor:
            plan.ends_on = (giving.shop.clock.now() + MONTH).date()
            await giving.shop.change_plan(plan)
        with pytest.raises(PlanUnavailable):
            await giving.shop.start(giving.ana.telegram_id, plan.soft_id, "acme", for_another=True)


async def test_unopened_gift_is_listed_despite_later_opened_gifts(giving: Giving) -> None:
    await giving.pays()
    first = await giving.order()
    for _ in range(LOOKED_AT + 1):
        giving.shop.clock.advance(timedelta(minutes=1))
        await giving.pays()
        await giving.open(giving.berta.telegram_id, await giving.code())
    waiting = await giving.gifts.list_unopened(giving.ana.telegram_id)
    assert [each.order_id for each in waiting] == [first.id]
