"""What becomes of a provider's events: every captured payment leads to access, or to an alarm."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from itertools import permutations

import pytest

from subscriptions.application.handlers.payment_webhook_handler import MAX_WAITS
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.order import OrderStatus
from subscriptions.domain.entities.payment import FlagReason, PaymentStatus
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayUnavailable,
    PaymentEventKind,
    ProviderStatus,
)
from subscriptions.domain.ports.webhook_inbox import InboxStatus
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop

PRICE = Money(2999, "EUR")
DAY = timedelta(days=1)


@pytest.mark.parametrize("turn", [(0, 1), (1, 0)], ids=["session.completed first", "invoice.paid first"])
async def test_two_events_of_one_payment_count_once(shop: Shop, turn):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    events = shop.provider.pay(session)
    entries = await shop.deliver(*(events[index] for index in turn))
    held = await shop.holding(ana, plan)
    assert [entry.note for entry in entries] == ["counted", "counted before"]
    assert held.payment.status is PaymentStatus.CAPTURED
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.ACTIVE, start + PERIOD)
    assert len(held.channels) == 1
    assert [access.status for access in held.accesses] == [AccessStatus.PENDING]
    assert held.accesses[0].ends_at == start + PERIOD
    assert (await shop.order(view.reference)).status is OrderStatus.PAID
    assert len(await shop.jobs("userbot.assign")) == 1
    assert len(await shop.told("payment_received")) == 1
    assert await shop.alarms() == []


async def test_one_delivery_twenty_times_at_once_counts_once(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    event, _ = shop.provider.pay(session)
    stored = await asyncio.gather(*(shop.webhook(event) for _ in range(20)))
    assert sorted(stored) == [False] * 19 + [True]
    assert len(await shop.jobs("core.apply_payment_event")) == 1


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=lambda order: "".join(map(str, order)))
async def test_any_order_of_paid_renewed_and_canceled_ends_the_same(shop: Shop, order):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    done, paid = shop.provider.pay(session)
    shop.clock.advance(PERIOD)
    renewed = shop.provider.renew("sub-1", PRICE)
    shop.clock.advance(DAY)
    deleted = shop.provider.end("sub-1")
    events = [done, paid, renewed, deleted]
    await shop.deliver(*(events[index] for index in order))
    held = await shop.holding(ana, plan)
    assert len(held.payments) == 2
    assert held.subscription.access_until == start + 2 * PERIOD
    assert held.subscription.status is SubscriptionStatus.CANCELED
    assert len(held.channels) == len(await shop.jobs("userbot.assign")) == 1
    assert len(await shop.told("canceled")) == 1


async def test_a_period_the_event_leaves_out_is_the_payments_own_not_todays(shop: Shop):
    """A month-old `session.completed` is about the first month, whatever month the subscription is in by now."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    done, _ = shop.provider.pay(session)
    shop.clock.advance(PERIOD)
    renewed = shop.provider.renew("sub-1", PRICE)
    await shop.deliver(done, renewed)
    assert (await shop.holding(ana, plan)).subscription.access_until == start + 2 * PERIOD


async def test_a_renewal_heard_of_before_the_first_payment(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    _, paid = shop.provider.pay(session)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew("sub-1", PRICE), paid)
    held = await shop.holding(ana, plan)
    assert len(held.payments) == 2
    assert held.subscription.access_until == start + 2 * PERIOD


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param({"amount": Money(1, "EUR")}, id="too little"),
        pytest.param({"amount": Money(3000, "EUR")}, id="too much"),
        pytest.param({"amount": Money(2999, "USD")}, id="another currency"),
        pytest.param({"amount": None}, id="no amount"),
    ],
)
@pytest.mark.parametrize("when", ["first payment", "renewal"])
async def test_a_wrong_amount_is_set_aside(shop: Shop, wrong, when):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    if when == "first payment":
        await shop.deliver(*shop.provider.pay(session, **wrong))
        held = await shop.holding(ana, plan)
        assert (held.subscriptions, held.channels) == ([], [])
    else:
        await shop.deliver(*shop.provider.pay(session))
        shop.clock.advance(PERIOD)
        await shop.deliver(shop.provider.renew("sub-1", PRICE, **wrong))
        held = await shop.holding(ana, plan)
        assert held.subscription.access_until == start + PERIOD
    assert [payment.flag for payment in held.payments if payment.flag] == [FlagReason.AMOUNT_MISMATCH]
    assert await shop.alarms() == ["amount_mismatch"]
    assert len(await shop.told("payment_flagged")) == 1


async def _two_buyers(shop: Shop):
    plan = await shop.plan()
    ana, ben = await shop.customer(), await shop.customer()
    return plan, ana, ben, (await shop.checkout(ana, plan))[1], (await shop.checkout(ben, plan))[1]


@pytest.mark.parametrize("bens_known", [True, False], ids=["subscription known", "subscription not yet known"])
async def test_nobody_takes_over_a_subscription_by_metadata(shop: Shop, bens_known):
    plan, ana, ben, of_ana, of_ben = await _two_buyers(shop)
    bens = shop.provider.pay(of_ben, card="cus-ben")
    if bens_known:
        await shop.deliver(*bens)
    anas = shop.provider.checkouts[of_ana]
    forged = shop.provider.tell(
        PaymentEventKind.PAYMENT_COMPLETED,
        "invoice.paid",
        payment_key="in-forged",
        amount=PRICE,
        subscription_ref="sub-1",
        order_id=anas.order_id,
        telegram_id=anas.telegram_id,
        customer_ref="cus-ben",
        period_start=shop.clock.now() + PERIOD,
        period_end=shop.clock.now() + 2 * PERIOD,
    )
    await shop.deliver(forged)
    if not bens_known:
        await shop.deliver(*bens)
    held = await shop.holding(ana, plan)
    assert (held.subscriptions, held.channels) == ([], [])
    assert held.payment.flag is FlagReason.CUSTOMER_MISMATCH
    assert (await shop.holding(ben, plan)).subscription.access_until == shop.clock.now() + PERIOD
    async with shop.units() as uow:
        assert await uow.customers.account_at(ana.id, "acme") is None


async def test_money_of_somebody_else_for_my_order_is_set_aside(shop: Shop):
    plan, ana, ben, of_ana, _ = await _two_buyers(shop)
    await shop.deliver(*shop.provider.pay(of_ana, telegram_id=ben.telegram_id))
    held = await shop.holding(ana, plan)
    assert held.payment.flag is FlagReason.CUSTOMER_MISMATCH
    assert held.subscriptions == []


async def test_a_status_event_with_anothers_metadata_moves_only_its_own_subscription(shop: Shop):
    plan, ana, _ben, of_ana, of_ben = await _two_buyers(shop)
    await shop.deliver(*shop.provider.pay(of_ana), *shop.provider.pay(of_ben, card="cus-ben"))
    anas = shop.provider.checkouts[of_ana]
    ended = dataclasses.replace(shop.provider.end("sub-2"), order_id=anas.order_id, telegram_id=anas.telegram_id)
    await shop.deliver(ended)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


async def test_a_second_capture_for_one_order_is_set_aside(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    assert [payment.flag for payment in held.payments if payment.flag] == [FlagReason.SECOND_CAPTURE]
    assert held.subscription.access_until == shop.clock.now() + PERIOD
    assert await shop.alarms() == ["second_capture"]


@pytest.mark.parametrize("kind", ["recurring", "one-off"])
async def test_two_checkouts_paid_for_one_plan(shop: Shop, kind):
    """The price changed in between, so that both links were alive."""
    once = {"recurring": False, "interval": None, "duration_days": 10} if kind == "one-off" else {}
    ana, plan = await shop.customer(), await shop.plan(**once)
    old_view, old = await shop.checkout(ana, plan)
    plan.price = Money(3999, "EUR")
    await shop.change_plan(plan)
    _new_view, new = await shop.checkout(ana, plan)
    assert old != new
    pay = shop.provider.pay_once if kind == "one-off" else lambda session: shop.provider.pay(session)[1]
    await shop.deliver(pay(old))
    entries = [await shop.deliver_until_settled(pay(new))]
    held = await shop.holding(ana, plan)
    assert [entry.note for entry in entries] == ["set aside: second_capture"]
    assert held.subscription.price == PRICE
    assert await shop.alarms() == ["second_capture"]
    assert (await shop.order(old_view.reference)).status is OrderStatus.PAID


async def test_a_paid_order_takes_the_other_one_off_the_table(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, old = await shop.checkout(ana, plan)
    plan.price = Money(3999, "EUR")
    await shop.change_plan(plan)
    new_view, _ = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(old))
    assert (await shop.order(new_view.reference)).status is OrderStatus.CANCELED
    assert (await shop.status(ana.telegram_id)).open_orders == ()


@pytest.mark.parametrize("meanwhile", ["order expired", "price changed", "plan switched off"])
async def test_what_was_agreed_at_the_checkout_counts(shop: Shop, meanwhile):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    if meanwhile == "order expired":
        shop.clock.advance(timedelta(hours=2))
        assert (await shop.run_due()).orders == 1
        assert (await shop.order(view.reference)).status is OrderStatus.EXPIRED
    elif meanwhile == "price changed":
        plan.price = Money(1, "EUR")
    else:
        plan.active = False
    await shop.change_plan(plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.payment.flag is None
    assert (await shop.order(view.reference)).status is OrderStatus.PAID


async def test_an_older_answer_is_not_applied_over_a_newer_one(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    old = await shop.provider.fetch_subscription("sub-1")
    assert old is not None
    shop.clock.advance(DAY)
    await shop.cancel(ana.telegram_id)
    subscription = (await shop.holding(ana, plan)).subscription
    await shop.follow.apply(subscription.id, old)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.CANCELED


async def test_a_late_update_from_before_the_cancellation_changes_nothing(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    late = shop.provider.updated("sub-1")
    shop.clock.advance(DAY)
    ended = shop.provider.end("sub-1")
    await shop.deliver(ended, late)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.CANCELED
    assert len(await shop.told("canceled")) == 1


async def test_an_unknown_status_changes_nothing(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.provider.change("sub-1", status=ProviderStatus.UNKNOWN, raw_status="dreaming")
    await shop.deliver(shop.provider.updated("sub-1"))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.subscription.access_until == shop.clock.now() + PERIOD


async def test_an_event_of_nobody_we_know_is_ignored(shop: Shop):
    event = shop.provider.tell(PaymentEventKind.PAYMENT_COMPLETED, "invoice.paid", payment_key="in-1", amount=PRICE)
    (entry,) = await shop.deliver(event)
    assert entry.status is InboxStatus.IGNORED
    assert await shop.alarms() == []


@pytest.mark.parametrize(
    "about",
    [
        pytest.param({"order_id": str(new_uuid())}, id="unknown order"),
        pytest.param({"order_id": "42"}, id="not one of our ids"),
        pytest.param({"telegram_id": 7}, id="a person only"),
    ],
)
async def test_an_order_that_is_not_there_is_waited_for_then_a_person_is_told(shop: Shop, about):
    event = shop.provider.tell(
        PaymentEventKind.PAYMENT_COMPLETED, "invoice.paid", payment_key="in-1", amount=PRICE, **about
    )
    inbox_id = await shop.store(event)
    for _ in range(MAX_WAITS):
        with pytest.raises(RetryLater):
            await shop.apply(inbox_id)
    await shop.apply(inbox_id)
    assert (await shop.inbox(inbox_id)).status is InboxStatus.PARKED
    assert await shop.alarms() == ["unmatched_payment_event"]


async def test_an_order_with_a_strange_id_is_found_by_its_subscription(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    (entry,) = await shop.deliver(dataclasses.replace(shop.provider.updated("sub-1"), order_id="42"))
    assert entry.status is InboxStatus.APPLIED


async def test_an_unreachable_provider_loses_nothing(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    inbox_id = await shop.store(paid)
    shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    with pytest.raises(RetryLater):
        await shop.apply(inbox_id)
    assert await shop.pending(inbox_id)
    assert (await shop.holding(ana, plan)).payments == []
    await shop.apply(inbox_id)
    assert (await shop.holding(ana, plan)).payment.status is PaymentStatus.CAPTURED


async def test_a_provider_that_refuses_us_is_told_to_a_person_and_the_event_stays(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    inbox_id = await shop.store(paid)
    shop.provider.errors.append(GatewayAuthError("acme", "no such key"))
    with pytest.raises(Permanent):
        await shop.apply(inbox_id)
    assert await shop.pending(inbox_id)
    assert await shop.alarms() == ["payment_event_stuck"]
    await shop.apply(inbox_id)
    assert (await shop.holding(ana, plan)).payment.status is PaymentStatus.CAPTURED


async def test_a_provider_switched_off_meanwhile_is_waited_for(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    inbox_id = await shop.store(paid)
    del shop.gateways.gateways["acme"]
    with pytest.raises(RetryLater):
        await shop.apply(inbox_id)
    assert await shop.pending(inbox_id)


async def test_a_period_nobody_knows_yet_is_waited_for_then_a_person_is_told(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    done, paid = shop.provider.pay(session)
    shop.provider.change("sub-1", current_period_start=None, current_period_end=None)
    shop.provider.captured.clear()
    entry = await shop.deliver_until_settled(done)
    assert entry.status is InboxStatus.PARKED
    assert await shop.alarms() == ["payment_event_stuck"]
    # The key is still free for the event that does know.
    await shop.deliver(paid)
    assert (await shop.holding(ana, plan)).payment.status is PaymentStatus.CAPTURED


async def test_money_without_a_name_is_told_to_a_person(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session, payment_key=None)
    entry = await shop.deliver_until_settled(paid)
    assert entry.status is InboxStatus.PARKED
    assert await shop.alarms() == ["payment_event_stuck"]


async def test_a_one_off_plan_gives_its_days_from_the_payment(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=10)
    _, session = await shop.checkout(ana, plan)
    paid = shop.provider.pay_once(session)
    shop.clock.advance(timedelta(hours=1))
    await shop.deliver(paid, dataclasses.replace(paid, event_key="again"))
    held = await shop.holding(ana, plan)
    assert held.subscription.access_until == paid.occurred_at + 10 * DAY
    assert not held.subscription.renews
    assert len(held.channels) == 1


@pytest.mark.parametrize("turn", [(0, 1), (1, 0)], ids=["session.completed first", "invoice.paid first"])
async def test_a_trial_gives_its_days_once(shop: Shop, turn):
    ana, plan = await shop.customer(), await shop.plan(trial_days=7)
    view, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    events = shop.provider.start_trial(session, 7)
    await shop.deliver(*(events[index] for index in turn))
    held = await shop.holding(ana, plan)
    assert held.payments == []
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.TRIALING, start + 7 * DAY)
    assert len(held.channels) == len(await shop.jobs("userbot.assign")) == 1
    assert (await shop.order(view.reference)).status is OrderStatus.PAID
    shop.clock.advance(7 * DAY)
    await shop.deliver(shop.provider.renew("sub-1", PRICE))
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.access_until) == (
        SubscriptionStatus.ACTIVE,
        start + 7 * DAY + PERIOD,
    )


async def test_nothing_paid_for_a_plan_with_a_price_and_no_trial_gives_nothing(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    done, paid = shop.provider.start_trial(session, 7)
    shop.provider.change("sub-1", status=ProviderStatus.ACTIVE)
    await shop.deliver(done, paid)
    held = await shop.holding(ana, plan)
    assert (held.subscriptions, held.channels) == ([], [])
    assert await shop.alarms() == []


async def test_a_plan_that_costs_nothing_is_given(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(price=Money(0, "EUR"))
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    done, paid = shop.provider.start_trial(session, 30)
    shop.provider.change("sub-1", status=ProviderStatus.ACTIVE)
    await shop.deliver(done, paid)
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.ACTIVE, start + PERIOD)
    shop.clock.advance(PERIOD)
    snapshot = shop.provider.change("sub-1", current_period_start=start + PERIOD, current_period_end=start + 2 * PERIOD)
    renewed = shop.provider.tell(
        PaymentEventKind.SUBSCRIPTION_ACTIVATED,
        "invoice.paid",
        subscription_ref="sub-1",
        order_id=snapshot.order_id,
        period_start=start + PERIOD,
        period_end=start + 2 * PERIOD,
    )
    await shop.deliver(renewed)
    assert (await shop.holding(ana, plan)).subscription.access_until == start + 2 * PERIOD


async def test_a_refused_first_card_leaves_the_checkout_open(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    request = shop.provider.checkouts[session]
    refused = shop.provider.tell(
        PaymentEventKind.PAYMENT_FAILED, "invoice.failed", subscription_ref="sub-9", order_id=request.order_id
    )
    await shop.deliver(refused)
    assert (await shop.holding(ana, plan)).subscriptions == []
    assert (await shop.order(view.reference)).status is OrderStatus.OPEN
    await shop.deliver(*shop.provider.pay(session))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


async def test_a_slow_payment_refused_in_the_end_closes_the_order(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    request = shop.provider.checkouts[session]
    await shop.deliver(
        shop.provider.tell(
            PaymentEventKind.PAYMENT_FAILED,
            "async_payment_failed",
            checkout_ref=session,
            order_id=request.order_id,
            final=True,
        )
    )
    assert (await shop.order(view.reference)).status is OrderStatus.EXPIRED


async def test_a_checkout_that_ran_out_closes_the_order(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    view, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.tell(PaymentEventKind.CHECKOUT_EXPIRED, "expired", checkout_ref=session))
    assert (await shop.order(view.reference)).status is OrderStatus.EXPIRED


async def test_a_failed_renewal_is_told_once_however_often_it_is_tried(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    start = shop.clock.now()
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1"))
    shop.clock.advance(DAY)
    await shop.deliver(shop.provider.fail_again("sub-1"))
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.PAST_DUE
    assert held.subscription.access_until == start + PERIOD
    assert len(await shop.told("payment_failed")) == 1
    await shop.deliver(shop.provider.recover("sub-1", PRICE))
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.access_until) == (
        SubscriptionStatus.ACTIVE,
        start + 2 * PERIOD,
    )


async def test_a_failure_heard_of_after_the_recovery_frightens_nobody(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    failed = shop.provider.fail_renewal("sub-1")
    recovered = shop.provider.recover("sub-1", PRICE)
    await shop.deliver(recovered, failed)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.told("payment_failed") == []


async def test_a_provider_that_gives_up_leaves_the_grace_days(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal("sub-1", final=True))
    await shop.deliver(shop.provider.end("sub-1"))
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.PAST_DUE
    shop.clock.advance(shop.policy.grace - DAY)
    await shop.run_due()
    assert await shop.jobs("core.check_subscription") == []


async def test_money_for_a_subscription_that_ended_gives_no_endless_access(shop: Shop):
    """Expired is final: the payment is kept for a person, and the access stays closed."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(PERIOD)
    shop.provider.end("sub-1")
    await shop.check((await shop.holding(ana, plan)).subscription.id)
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.EXPIRED
    await shop.deliver(shop.provider.renew("sub-1", PRICE))
    held = await shop.holding(ana, plan)
    assert [payment.flag for payment in held.payments if payment.flag] == [FlagReason.SUBSCRIPTION_OVER]
    assert held.accesses[0].status is AccessStatus.REVOKING
    assert await shop.alarms() == ["subscription_over"]


async def test_a_payment_whose_time_is_over_when_it_is_heard_of_opens_no_channel(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    shop.provider.end("sub-1")
    shop.clock.advance(2 * PERIOD)
    await shop.deliver(paid)
    held = await shop.holding(ana, plan)
    assert held.payment.status is PaymentStatus.CAPTURED
    assert held.accesses == []
    assert await shop.alarms() == ["paid_time_over"]


async def test_money_for_a_plan_whose_channel_is_not_set_up_is_counted_and_told(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    plan.access = AccessKind.VIP_CHANNEL
    await shop.change_plan(plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    assert held.payment.status is PaymentStatus.CAPTURED
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert await shop.alarms() == ["channel_not_configured"]


async def test_an_account_at_the_provider_that_belongs_to_another_loses_no_payment(shop: Shop):
    _plan, ana, ben, of_ana, of_ben = await _two_buyers(shop)
    await shop.deliver(*shop.provider.pay(of_ana, card="cus-1"))
    entries = [await shop.deliver_until_settled(event) for event in shop.provider.pay(of_ben, card="cus-1")]
    assert [entry.note for entry in entries] == ["counted", "counted before"]
    async with shop.units() as uow:
        account = await uow.customers.account_at(ana.id, "acme")
        assert account is not None
        assert account.external_customer_id == "cus-1"
        assert await uow.customers.account_at(ben.id, "acme") is None


REVERSALS = [PaymentEventKind.REFUND, PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED]


@pytest.mark.parametrize("kind", REVERSALS, ids=str)
@pytest.mark.parametrize("known_by", ["about_payment", "completed by the provider", "before its payment"])
async def test_money_that_goes_back_is_told_to_a_person(shop: Shop, kind, known_by):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    _, paid = shop.provider.pay(session)
    if known_by != "before its payment":
        await shop.deliver(paid)
    told = shop.provider.tell(kind, "money.back", payment_key="re-1", about_payment="ch-1")
    full = dataclasses.replace(told, about_payment=paid.payment_key)
    if known_by == "about_payment":
        told = full
    else:
        shop.provider.completions[told.event_key] = dataclasses.replace(full, order_id=paid.order_id)
    (entry,) = await shop.deliver(told)
    assert (entry.status, entry.note) == (InboxStatus.APPLIED, "a person was told")
    assert await shop.alarms() == [str(kind)]
