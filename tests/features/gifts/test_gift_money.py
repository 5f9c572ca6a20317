"""Refunds, disputes and double payments of a gift, before and after it is opened."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.screens import status
from bot.texts import texts_for
from features.gifts import screens as gifts
from features.gifts.messages import GiftTakenMessage
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.payments.fetch_event_details import FetchEventDetails
from subscriptions.application.recovery.recall_orders import RecallOrders
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.application.views.show_status import StatusView
from subscriptions.application.vip.code_answers import Activation, CodeRefusal, TokenRefusal
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.payment import PaymentStatus
from subscriptions.domain.entities.service_plan import DisputePolicy
from subscriptions.domain.entities.subscription import DISPUTE, SubscriptionStatus
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.domain.services import charge_policy, notice_policy
from subscriptions.domain.services.handover_policy import HandoverState
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff
from tests.features.gifts.fakes import MONTH, Giving, giving_at
from tests.support.parts import ONCE, PART


@pytest.fixture
async def giving() -> Giving:
    return await giving_at(memory_shop())


async def test_refunded_gift_cannot_be_opened(giving: Giving) -> None:
    paid = await giving.pays()
    code = await giving.code()
    await giving.report(PaymentEventKind.REFUND, paid, "re-1")

    refused = await giving.open(giving.berta.telegram_id, code)
    assert isinstance(refused, CodeRefusal)
    assert refused.reason is TokenRefusal.MONEY_BACK
    assert refused.paid_for
    assert (await giving.seen()).state is HandoverState.MONEY_BACK
    assert (await giving.seen()).link is None
    assert len(await giving.shop.notified("refunded")) == 1
    assert await giving.has(giving.berta) is None


async def test_gift_cannot_be_opened_during_a_dispute(giving: Giving) -> None:
    paid = await giving.pays()
    code = await giving.code()
    await giving.report(PaymentEventKind.DISPUTE_OPENED, paid, "dp-1")
    held = await giving.open(giving.berta.telegram_id, code)
    assert isinstance(held, CodeRefusal)
    assert held.reason is TokenRefusal.HELD
    waiting = await giving.gifts.list_unopened(giving.ana.telegram_id, with_disputed=True)
    assert [each.state for each in waiting] == [HandoverState.HELD]
    t = texts_for("es")
    view = StatusView(subscriptions=(), open_orders=(), payments=())
    shown = status.status(t, view, sections=gifts.sections(t, waiting))
    assert "Regalo en espera" in shown.text
    assert await giving.gifts.list_unopened(giving.ana.telegram_id) == []

    assert [job["customer_id"] for job in await giving.shop.notified("gift_held")] == [str(giving.ana.id)]
    await giving.report(PaymentEventKind.DISPUTE_CLOSED, paid, "dp-1", reason="won")
    assert isinstance(await giving.open(giving.berta.telegram_id, code), Activation)
    assert await giving.gifts.list_unopened(giving.ana.telegram_id, with_disputed=True) == []


async def test_lost_dispute_voids_the_gift_and_notifies_its_giver(giving: Giving) -> None:
    paid = await giving.pays()
    code = await giving.code()
    await giving.report(PaymentEventKind.DISPUTE_CLOSED, paid, "dp-1", reason="lost")
    refused = await giving.open(giving.berta.telegram_id, code)
    assert isinstance(refused, CodeRefusal)
    assert refused.reason is TokenRefusal.MONEY_BACK
    assert [job["customer_id"] for job in await giving.shop.notified("gift_returned")] == [str(giving.ana.id)]
    assert not await giving.shop.notified("dispute_lost")


async def test_refund_of_an_opened_gift_removes_only_the_time_of_the_gift(giving: Giving) -> None:
    paid = await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    giving.shop.clock.advance(timedelta(days=3))
    await giving.report(PaymentEventKind.REFUND, paid, "re-1")

    assert await giving.has(giving.berta) is None
    (reported,) = await ExplainAccess(giving.shop.units, giving.shop.policy)(giving.berta.telegram_id)
    assert [(each.kind, each.for_another) for each in reported.reasons] == [
        (LedgerKind.TOKEN, True),
        (LedgerKind.REFUND, True),
    ]
    assert [job["customer_id"] for job in await giving.shop.notified("gift_taken")] == [str(giving.berta.id)]
    assert [job["customer_id"] for job in await giving.shop.notified("refunded")] == [str(giving.ana.id)]
    again = await giving.open(giving.berta.telegram_id, await _code_of(giving))
    assert isinstance(again, Activation)
    assert again.is_repeat
    assert await giving.has(giving.berta) is None, "a link that was opened gives nothing twice"


async def test_refund_of_a_used_up_gift_does_not_notify_its_holder(giving: Giving) -> None:
    paid = await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    own = await giving.has(giving.berta)
    assert own is not None
    giving.shop.clock.advance(MONTH + timedelta(days=1))
    await giving.shop.check(own.id)
    assert await giving.has(giving.berta) is None

    await giving.report(PaymentEventKind.REFUND, paid, "re-1")

    assert not await giving.shop.notified("gift_taken")
    assert [job["customer_id"] for job in await giving.shop.notified("refunded")] == [str(giving.ana.id)]


async def _code_of(giving: Giving) -> str:
    drawn = giving.seal.for_order((await giving.order()).id)
    assert drawn is not None
    return drawn


async def test_dispute_of_a_gift_does_not_suspend_the_recipients_own_subscription_or_its_billing(
    giving: Giving,
) -> None:
    _, session = await giving.shop.checkout(giving.berta, giving.plan)
    await giving.shop.deliver(*giving.shop.provider.pay(session))
    own = await giving.has(giving.berta)
    assert own is not None
    before = own.access_until
    paid = await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())

    await giving.report(PaymentEventKind.DISPUTE_OPENED, paid, "dp-1")
    held = await giving.has(giving.berta)
    assert held is not None
    assert DISPUTE not in held.paused_for, "another one's bank keeps nobody from what they paid"
    await giving.report(PaymentEventKind.DISPUTE_CLOSED, paid, "dp-1", reason="lost")

    held = await giving.has(giving.berta)
    assert held is not None
    assert held.renews
    assert held.access_until == before
    assert not await giving.shop.jobs("core.stop_billing")


async def test_recipient_whose_only_access_is_the_gift_is_suspended_during_a_dispute(giving: Giving) -> None:
    paid = await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    await giving.report(PaymentEventKind.DISPUTE_OPENED, paid, "dp-1")
    assert not await giving.shop.notified("gift_held"), "its giver can do nothing about it any more"
    held = await giving.has(giving.berta)
    assert held is not None
    assert DISPUTE in held.paused_for
    assert [job["customer_id"] for job in await giving.shop.notified("dispute_opened")] == [str(giving.berta.id)]
    giving.shop.clock.advance(timedelta(days=2))
    await giving.report(PaymentEventKind.DISPUTE_CLOSED, paid, "dp-1", reason="won")
    held = await giving.has(giving.berta)
    assert held is not None
    assert not held.paused_for
    assert held.access_until == giving.shop.clock.now() + MONTH


async def test_other_time_has_run_since_the_dispute_if_the_gift_is_lost(giving: Giving) -> None:
    paid = await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    giving.shop.clock.advance(timedelta(days=1))
    await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    disputed_at = giving.shop.clock.now()
    await giving.report(PaymentEventKind.DISPUTE_OPENED, paid, "dp-1")
    giving.shop.clock.advance(timedelta(days=2))
    await giving.report(PaymentEventKind.DISPUTE_CLOSED, paid, "dp-1", reason="lost")

    held = await giving.has(giving.berta)
    assert held is not None
    assert held.access_until == disputed_at + MONTH


async def test_second_payment_for_a_gift_is_flagged_for_review_and_gives_no_access(giving: Giving) -> None:
    session = await giving.begins()
    first = giving.shop.provider.pay(session)
    await giving.shop.deliver(*first)
    paid = next(each for each in first if each.payment_key is not None)
    again = giving.shop.provider.create_event(
        PaymentEventKind.PAYMENT_COMPLETED,
        "paid.again",
        payment_key="pay-again",
        amount=paid.amount,
        order_id=paid.order_id,
        telegram_id=paid.telegram_id,
        checkout_ref=session,
    )
    await giving.shop.deliver(again)
    order = await giving.order()
    async with giving.shop.units() as uow:
        payments = await uow.payments.of_order(order.id)
    assert sorted(each.status for each in payments) == [PaymentStatus.CAPTURED, PaymentStatus.FLAGGED]
    assert isinstance(await giving.open(giving.berta.telegram_id, await giving.code()), Activation)


async def test_giver_who_opens_their_own_gift_gets_no_message_that_the_gift_was_opened(giving: Giving) -> None:
    paid = await giving.pays()
    assert isinstance(await giving.open(giving.ana.telegram_id, await giving.code()), Activation)
    assert not await giving.shop.notified("gift_opened")
    await giving.report(PaymentEventKind.REFUND, paid, "re-1")
    assert await giving.has(giving.ana) is None


async def test_gift_recipient_keeps_access_during_a_dispute_if_the_plans_policy_is_to_keep_access(
    giving: Giving,
) -> None:
    giving.plan.dispute_policy = DisputePolicy.KEEP
    await giving.shop.change_plan(giving.plan)
    paid = await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    await giving.report(PaymentEventKind.DISPUTE_OPENED, paid, "dp-1")
    held = await giving.has(giving.berta)
    assert held is not None
    assert held.status is SubscriptionStatus.ACTIVE


async def test_lost_gift_that_was_not_suspended_leaves_the_recipients_other_time(giving: Giving) -> None:
    giving.plan.dispute_policy = DisputePolicy.KEEP
    await giving.shop.change_plan(giving.plan)
    paid = await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    giving.shop.clock.advance(timedelta(days=1))
    await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    await giving.report(PaymentEventKind.DISPUTE_OPENED, paid, "dp-1")
    giving.shop.clock.advance(timedelta(days=2))
    await giving.report(PaymentEventKind.DISPUTE_CLOSED, paid, "dp-1", reason="lost")

    held = await giving.has(giving.berta)
    assert held is not None
    assert held.access_until == giving.shop.clock.now() + MONTH


async def test_gift_paid_in_parts_is_ready_when_fully_paid(giving: Giving) -> None:
    shop = giving.shop
    shop.sells_by_all()
    plan = await shop.plan(soft_id="once", **ONCE)

    async def page() -> str:
        view = await shop.start(giving.ana.telegram_id, plan.soft_id, "coins", for_another=True)
        return next(ref for ref in shop.coins.checkouts if view.url.endswith(ref))

    await shop.deliver(shop.coins.underpaid(await page(), PART))
    assert not await shop.notified("gift_ready")
    await shop.deliver(shop.coins.paid(await page()))

    assert len(await shop.notified("gift_ready")) == 1
    assert isinstance(await giving.open(giving.berta.telegram_id, await giving.code()), Activation)
    order = await giving.order()
    async with shop.units() as uow:
        receipts = await uow.receipts.of_order(order.id)
        held = await uow.subscriptions.live_for(giving.berta.id, plan.id)
        payments = await uow.payments.of_order(order.id)
    assert sorted(receipt.amount.minor for receipt in receipts) == [320, 2679]
    assert held is not None
    assert {each.subscription_id for each in payments} == {held.id}


async def test_gift_order_lost_in_a_database_restore_is_recovered_from_its_payment_webhooks(giving: Giving) -> None:
    session = await giving.begins()
    events = giving.shop.provider.pay(session)
    lost = giving.shop.memory.tables
    lost["orders"], lost["checkout_attempts"] = [], []
    for event in events:
        await giving.shop.store(event)
    asking = FetchEventDetails(giving.shop.units, giving.shop.gateways, giving.shop.clock)

    assert await RecallOrders(giving.shop.units, asking, giving.shop.clock)() == 1

    for entry in list(giving.shop.memory.rows("webhook_inbox")):
        await giving.shop.apply(entry.id)
    assert await giving.has(giving.ana) is None
    assert isinstance(await giving.open(giving.berta.telegram_id, await giving.code()), Activation)


async def test_unopened_gift_remains_valid_after_a_partly_lost_dispute(giving: Giving) -> None:
    shop = giving.shop
    paid = await giving.pays()
    code = await giving.code()
    part = {"amount": Money(500, "EUR")}
    for kind, more in ((PaymentEventKind.DISPUTE_OPENED, {}), (PaymentEventKind.DISPUTE_CLOSED, {"reason": "lost"})):
        about = {"payment_key": "dp-1", "about_payment": paid.payment_key}
        await shop.deliver(shop.provider.create_event(kind, "money.back", **(about | part | more)))
        assert [each.state.value for each in await giving.gifts.list_unopened(giving.ana.telegram_id)] == ["good"]
    assert not await shop.notified("gift_returned")
    await giving.open(giving.berta.telegram_id, code)
    assert await giving.has(giving.berta) is not None


async def _behind_gift(giving: Giving) -> tuple[PaymentEvent, str]:
    """Have Berta pay for the plan and open a gift behind which her next charge is postponed, until her own month is
    over. Return the gift's payment and the reference of her subscription.
    """
    shop = giving.shop
    _, session = await shop.checkout(giving.berta, giving.plan)
    events = shop.provider.pay(session)
    await shop.deliver(*events)
    ref = events[0].subscription_ref
    paid = await giving.pays()
    await giving.open(giving.berta.telegram_id, await giving.code())
    own = await giving.has(giving.berta)
    assert ref is not None
    assert own is not None
    shop.provider.change(ref, current_period_end=own.access_until, charge_moved_to=own.access_until)
    shop.clock.advance(MONTH + timedelta(days=2))
    await shop.poll_subscription(own.id)
    return paid, ref


@pytest.mark.parametrize("way", ["refund", "lost"])
async def test_gift_that_is_taken_back_does_not_end_what_its_recipient_pays_for(giving: Giving, way: str) -> None:
    shop = giving.shop
    paid, ref = await _behind_gift(giving)
    if way == "refund":
        await giving.report(PaymentEventKind.REFUND, paid, "re-1")
    else:
        await giving.report(PaymentEventKind.DISPUTE_OPENED, paid, "dp-1")
        own = await giving.has(giving.berta)
        assert own is not None
        assert own.status is SubscriptionStatus.ACTIVE
        await giving.report(PaymentEventKind.DISPUTE_CLOSED, paid, "dp-1", reason="lost")

    own = await giving.has(giving.berta)
    assert own is not None
    assert (own.provider_ref, own.renews) == (ref, True)
    charged_at = shop.clock.now() + notice_policy.move_before(own, shop.policy.renewal_notice)
    assert own.access_until == charged_at, "inside until the own charge, which is announced first"
    assert charge_policy.due_at(own) == charged_at
    assert await shop.jobs("core.stop_billing") == []
    async with shop.units() as uow:
        message = await GiftTakenMessage.load(Sources(uow, shop.policy, shop.clock.now()), own.id)
    assert message is not None
    assert (message.word, message.until) == ("shorter", charged_at)


async def test_preview_of_a_gifts_refund_names_the_end_that_the_refund_leaves_to_its_recipient(giving: Giving) -> None:
    shop, asked = giving.shop, {"reason": "lo pidió", "amount": ""}
    paid, _ = await _behind_gift(giving)
    (payment,) = [each for each in shop.memory.rows("payments") if each.payment_key == paid.payment_key]
    effect = await Staff(shop).run.preview(SHELL, "refund", str(payment.id), asked)
    await giving.report(PaymentEventKind.REFUND, paid, "re-1")
    own = await giving.has(giving.berta)
    assert own is not None
    assert (effect.name, effect.facts["until"]) == ("shortens", own.access_until)
