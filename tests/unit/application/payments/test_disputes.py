"""Several simultaneous disputes, and disputes combined with other events."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import DisputeLost
from subscriptions.application.messages.subscription_messages import CanceledMessage, SubscriptionMessage
from subscriptions.application.payments.disputes import ALARM_EVERY, FIRST_LOOK, USUAL_LENGTH, WatchDispute
from subscriptions.application.subscriptions.money_left import left_of
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import InboxId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Holding, Shop

DAY = timedelta(days=1)
OPENED, CLOSED = PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED


async def report(shop: Shop, kind: PaymentEventKind, key: str, payment: str, **more: str) -> None:
    await shop.deliver(shop.provider.create_event(kind, "money.back", payment_key=key, about_payment=payment, **more))


async def only(shop: Shop, kind: type[SubscriptionMessage]) -> SubscriptionMessage:
    """Return the only queued message of a kind."""
    (notified,) = await shop.notified(kind.kind)
    async with shop.units() as uow:
        message = await kind.load(Sources(uow, shop.policy, shop.clock.now()), UUID(notified["subject"]))
    assert message is not None
    return message


async def subscribed(shop: Shop) -> tuple[Customer, ServicePlan, Holding, str]:
    """Create a customer who has just bought an automatically renewed plan. Return the customer, the plan, the
    customer's stored records about the plan, and the provider's reference of the subscription.
    """
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    ref = held.subscription.provider_ref
    assert ref is not None
    return ana, plan, held, ref


async def test_lost_dispute_does_not_end_access_while_another_dispute_is_open(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    for _ in range(2):
        _, session = await shop.checkout(ana, plan)
        await shop.deliver(shop.provider.pay_once(session))
        shop.clock.advance(DAY)
    first, second = [payment.payment_key for payment in (await shop.holding(ana, plan)).payments]
    await report(shop, OPENED, "dp-1", first)
    await report(shop, OPENED, "dp-2", second)
    shop.clock.advance(70 * DAY)
    await report(shop, CLOSED, "dp-1", first, reason="lost")
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.PAUSED
    await report(shop, CLOSED, "dp-2", second, reason="won")
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.subscription.access_until is not None
    assert held.subscription.access_until > shop.clock.now()


async def test_days_of_another_payment_are_restored_when_a_dispute_is_lost(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    for _ in range(2):
        _, session = await shop.checkout(ana, plan)
        await shop.deliver(shop.provider.pay_once(session))
        shop.clock.advance(DAY)
    payments = (await shop.holding(ana, plan)).payments
    first = min(payments, key=lambda payment: payment.occurred_at).payment_key
    shop.clock.advance(5 * DAY)
    await report(shop, OPENED, "dp-1", first)
    shop.clock.advance(65 * DAY)
    await report(shop, CLOSED, "dp-1", first, reason="lost")
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.subscription.access_until == shop.clock.now() + 30 * DAY
    assert held.accesses[0].status is AccessStatus.PENDING


async def test_period_charged_during_a_dispute_is_restored_after_the_loss_and_billing_stops(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    ref, end = held.subscription.provider_ref, held.subscription.access_until
    assert ref is not None
    assert end is not None
    shop.clock.advance(5 * DAY)
    await report(shop, OPENED, "dp-1", held.payment.payment_key)
    shop.clock.advance(PERIOD - 5 * DAY)
    await shop.deliver(shop.provider.renew(ref, plan.price))
    shop.clock.advance(10 * DAY)
    lost = shop.provider.create_event(CLOSED, "money.back", **about_lost(held.payment.payment_key, ref))
    await shop.deliver(lost)
    after = (await shop.holding(ana, plan)).subscription
    assert after.status is SubscriptionStatus.ACTIVE
    assert after.access_until == end + PERIOD + 10 * DAY
    assert [job["subscription_id"] for job in await shop.jobs("core.stop_billing")] == [str(after.id)]
    reported = await only(shop, DisputeLost)
    assert (reported.word, reported.until) == ("other", after.access_until)


async def test_lost_dispute_about_an_earlier_period_does_not_end_access_or_renewal(shop: Shop):
    ana, plan, held, ref = await subscribed(shop)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew(ref, plan.price))
    shop.clock.advance(DAY)
    await report(shop, OPENED, "dp-1", held.payment.payment_key)
    await report(shop, CLOSED, "dp-1", held.payment.payment_key, reason="lost")
    assert not await shop.jobs("core.stop_billing")
    reported = await only(shop, DisputeLost)
    assert (reported.word, reported.until) == ("goes_on", (await shop.holding(ana, plan)).subscription.access_until)


@pytest.mark.parametrize(("once", "word"), [(False, "goes_on"), (True, "other")])
async def test_message_about_a_lost_dispute_states_the_end_of_the_current_subscription(
    shop: Shop, once: bool, word: str
):
    terms = {"recurring": False, "interval": None, "duration_days": 30} if once else {}
    ana, plan = await shop.customer(), await shop.plan(**terms)
    pay = (lambda session: [shop.provider.pay_once(session)]) if once else shop.provider.pay
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*pay(session))
    first = await shop.holding(ana, plan)
    if not once:
        await shop.cancel(ana.telegram_id, plan.soft_id)
    shop.clock.advance(PERIOD)
    if first.subscription.provider_ref is not None:
        shop.provider.end(first.subscription.provider_ref)
    await shop.check(first.subscription.id)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*pay(session))

    await report(shop, OPENED, "dp-1", first.payment.payment_key)
    await report(shop, CLOSED, "dp-1", first.payment.payment_key, reason="lost")

    reported = await only(shop, DisputeLost)
    async with shop.units() as uow:
        live = await uow.subscriptions.live_for(ana.id, plan.id)
    assert live is not None
    assert live.id != first.subscription.id
    assert (reported.word, reported.until) == (word, live.access_until)


def about_lost(payment: str, ref: str) -> dict[str, str]:
    return {"payment_key": "dp-1", "about_payment": payment, "subscription_ref": ref, "reason": "lost"}


async def test_lost_dispute_about_an_earlier_period_does_not_end_the_grace_period(shop: Shop):
    _, plan, held, ref = await subscribed(shop)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.renew(ref, plan.price))
    shop.clock.advance(PERIOD)
    failed_at = shop.clock.now()
    await shop.deliver(shop.provider.fail_renewal(ref))
    shop.clock.advance(DAY)
    await report(shop, OPENED, "dp-1", held.payment.payment_key)
    await report(shop, CLOSED, "dp-1", held.payment.payment_key, reason="lost")
    assert not await shop.jobs("core.stop_billing")
    reported = await only(shop, DisputeLost)
    assert (reported.word, reported.until) == ("goes_on", failed_at + shop.policy.grace)


async def test_won_dispute_does_not_end_the_grace_period_of_an_unpaid_renewal(shop: Shop):
    ana, plan, held, ref = await subscribed(shop)
    shop.clock.advance(PERIOD)
    await shop.deliver(shop.provider.fail_renewal(ref))
    shop.clock.advance(DAY)
    await report(shop, OPENED, "dp-1", held.payment.payment_key)
    shop.clock.advance(6 * DAY)
    await report(shop, CLOSED, "dp-1", held.payment.payment_key, reason="won")
    for _ in range(2):
        held = await shop.holding(ana, plan)
        assert held.subscription.status is SubscriptionStatus.PAST_DUE
        assert held.accesses[0].status is AccessStatus.PENDING
        await shop.check(held.subscription.id)


@pytest.mark.parametrize("first", ["dp-1", "dp-2"])
@pytest.mark.parametrize("ends", ["won", "lost"])
async def test_days_suspended_by_two_disputes_are_restored_once(shop: Shop, first: str, ends: str):
    """Days that ran while either dispute was open are restored, unless the bank took their payment back."""
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    keys = {}
    for number in (1, 2):
        _, session = await shop.checkout(ana, plan)
        paid = shop.provider.pay_once(session)
        await shop.deliver(paid)
        keys[f"dp-{number}"] = paid.payment_key
        shop.clock.advance(DAY)
    await report(shop, OPENED, "dp-1", keys["dp-1"])
    shop.clock.advance(2 * DAY)
    await report(shop, OPENED, "dp-2", keys["dp-2"])
    shop.clock.advance(4 * DAY)
    second = "dp-2" if first == "dp-1" else "dp-1"
    await report(shop, CLOSED, first, keys[first], reason=ends)
    shop.clock.advance(8 * DAY)
    await report(shop, CLOSED, second, keys[second], reason="won")
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.ACTIVE
    assert held.subscription.access_until is not None
    left = held.subscription.access_until - shop.clock.now()
    if ends == "won":
        # The second payment's time has not begun, so its dispute does not keep the customer out for eight days.
        days_inside = 2 if second == "dp-1" else 10
        assert left == (60 - days_inside) * DAY
    else:
        # The remaining time of the payment that was not taken back; two of its days had run before.
        assert left == (30 if first == "dp-1" else 28) * DAY


async def test_long_dispute_alerts_the_owners_repeatedly(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    payment = (await shop.holding(ana, plan)).payment.payment_key
    await report(shop, OPENED, "dp-1", payment)
    watch = WatchDispute(shop.units, shop.gateways, shop.clock, shop.policy)
    for looks, wait in enumerate((USUAL_LENGTH - DAY, DAY, DAY, ALARM_EVERY - DAY), start=1):
        assert len(await shop.jobs("core.watch_dispute")) == looks
        shop.clock.advance(wait)
        await watch("acme", "dp-1")
    alarms = ["dispute_open", "dispute_long", "dispute_long"]
    assert await shop.alarms() == alarms
    await report(shop, CLOSED, "dp-1", payment, reason="won")
    await watch("acme", "dp-1")
    await watch("acme", "of nobody")
    assert await shop.alarms() == alarms


async def test_dispute_that_is_opened_again_after_it_was_won_is_checked_again(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=90)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    payment = (await shop.holding(ana, plan)).payment.payment_key
    checks = []
    for kind, reason in ((OPENED, None), (OPENED, None), (CLOSED, "won"), (OPENED, None)):
        await report(shop, kind, "dp-1", payment, reason=reason)
        checks.append(len(await shop.jobs("core.watch_dispute")))
        shop.clock.advance(DAY)
    assert checks == [1, 1, 1, 2]


async def test_cancellation_message_of_a_suspended_customer_says_that_access_is_paused(shop: Shop):
    *_, held, ref = await subscribed(shop)
    await report(shop, OPENED, "dp-1", held.payment.payment_key)
    shop.clock.advance(PERIOD + DAY)
    await shop.deliver(shop.provider.end(ref))
    assert (await only(shop, CanceledMessage)).rests


async def test_inquiry_days_do_not_count_as_dispute_days(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=90)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    held = await shop.holding(ana, plan)
    payment, end = held.payment.payment_key, held.subscription.access_until
    assert end is not None
    await report(shop, OPENED, "dp-1", payment, reason="inquiry")
    shop.clock.advance(20 * DAY)
    await report(shop, OPENED, "dp-1", payment)
    shop.clock.advance(5 * DAY)
    await report(shop, CLOSED, "dp-1", payment, reason="won")
    assert (await shop.holding(ana, plan)).subscription.access_until == end + 5 * DAY


async def test_closed_inquiry_restores_no_days_while_a_dispute_is_open(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=90)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    held = await shop.holding(ana, plan)
    payment, end = held.payment.payment_key, held.subscription.access_until
    await report(shop, OPENED, "dp-1", payment, reason="inquiry")
    shop.clock.advance(20 * DAY)
    await report(shop, OPENED, "dp-2", payment)
    await report(shop, CLOSED, "dp-1", payment, reason="inquiry")
    subscription = (await shop.holding(ana, plan)).subscription
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.PAUSED, end)


async def test_second_dispute_about_one_payment_suspends_access(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=90)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    payment = (await shop.holding(ana, plan)).payment.payment_key
    await report(shop, OPENED, "dp-1", payment)
    await report(shop, OPENED, "dp-2", payment)
    shop.clock.advance(5 * DAY)
    await report(shop, CLOSED, "dp-1", payment, reason="won")
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.PAUSED
    await report(shop, CLOSED, "dp-2", payment, reason="won")
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


@pytest.mark.parametrize(
    ("notified", "kept"),
    [(Money(1000, "EUR"), Money(1000, "EUR")), (Money(2999, "EUR"), None), (Money(1000, "USD"), None), (None, None)],
    ids=["partial amount", "full amount", "another currency", "amount not reported"],
)
async def test_lost_dispute_deducts_the_disputed_amount_and_has_a_credit_note(
    shop: Shop, notified: Money | None, kept: Money | None
):
    _, _, held, _ = await subscribed(shop)
    payment = held.payment
    about = {"payment_key": "dp-1", "about_payment": payment.payment_key, "amount": notified}
    await shop.deliver(shop.provider.create_event(OPENED, "money.back", **about))
    (alarm,) = [job for job in await shop.jobs("bot.alarm") if job["kind"] == "dispute_open"]
    assert alarm["facts"]["amount"] == str(kept or payment.amount)
    await shop.deliver(shop.provider.create_event(CLOSED, "money.back", reason="lost", **about))
    async with shop.units() as uow:
        (dispute,) = await uow.reversals.disputes_of([payment.id])
        left = await left_of(uow, payment)
        notes = [each for each in await uow.receipts.of_payment(payment.id) if each.corrects is not None]
    taken = kept or payment.amount
    assert (dispute.is_lost, dispute.amount, left) == (True, kept, payment.amount - taken)
    assert [each.amount for each in notes] == [taken]


async def bought_twice(shop: Shop) -> tuple[Customer, ServicePlan, list[str]]:
    """Create a customer who bought 30 days and, ten days later, 30 more. Return the customer, the plan and the keys of
    both payments.
    """
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    keys = []
    for _ in range(2):
        _, session = await shop.checkout(ana, plan)
        paid = shop.provider.pay_once(session)
        await shop.deliver(paid)
        assert paid.payment_key is not None
        keys.append(paid.payment_key)
        shop.clock.advance(10 * DAY)
    return ana, plan, keys


async def watched(shop: Shop, key: str) -> None:
    """Run the daily check of a dispute and apply the events that it stored."""
    before = len(await shop.jobs("core.apply_payment_event"))
    await WatchDispute(shop.units, shop.gateways, shop.clock, shop.policy)("acme", key)
    for job in (await shop.jobs("core.apply_payment_event"))[before:]:
        await shop.apply(InboxId(UUID(str(job["inbox_id"]))))


async def test_dispute_is_checked_when_the_disputed_time_begins(shop: Shop):
    ana, plan, (_, second) = await bought_twice(shop)
    end = (await shop.holding(ana, plan)).subscription.access_until
    assert end is not None
    shop.clock.advance(10 * DAY - timedelta(hours=8))
    await report(shop, OPENED, "dp-1", second)
    shop.clock.advance(FIRST_LOOK)
    await watched(shop, "dp-1")
    checks = [job.not_before for job in shop.memory.jobs if job.name == "core.watch_dispute"]
    assert checks[-1] == end - 30 * DAY

    shop.clock.advance(timedelta(hours=8) - FIRST_LOOK)
    await watched(shop, "dp-1")
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.PAUSED


@pytest.mark.parametrize("ending", ["won", "lost"])
async def test_dispute_about_time_that_has_not_begun_suspends_access_when_that_time_begins(shop: Shop, ending: str):
    ana, plan, (_, second) = await bought_twice(shop)
    end = (await shop.holding(ana, plan)).subscription.access_until
    assert end is not None
    await report(shop, OPENED, "dp-1", second)
    await watched(shop, "dp-1")
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.ACTIVE, end)
    assert not await shop.notified("dispute_opened")
    assert await shop.alarms() == ["dispute_open"]

    shop.clock.advance(10 * DAY)
    for _ in range(2):
        await watched(shop, "dp-1")
    held = await shop.holding(ana, plan)
    assert held.subscription.status is SubscriptionStatus.PAUSED
    assert len(await shop.notified("dispute_opened")) == 1

    shop.clock.advance(50 * DAY)
    await report(shop, CLOSED, "dp-1", second, reason=ending)
    held = await shop.holding(ana, plan)
    if ending == "won":
        assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.ACTIVE, end + 50 * DAY)
    else:
        assert held.subscription.status is SubscriptionStatus.EXPIRED
    assert await shop.alarms() == ["dispute_open"]


async def test_lost_dispute_about_time_that_has_not_begun_leaves_the_earlier_time(shop: Shop):
    ana, plan, (_, second) = await bought_twice(shop)
    end = (await shop.holding(ana, plan)).subscription.access_until
    assert end is not None
    await report(shop, OPENED, "dp-1", second)
    shop.clock.advance(DAY)
    await report(shop, CLOSED, "dp-1", second, reason="lost")
    held = await shop.holding(ana, plan)
    assert (held.subscription.status, held.subscription.access_until) == (SubscriptionStatus.ACTIVE, end - 30 * DAY)


async def test_dispute_about_time_that_has_not_begun_does_not_keep_a_won_customer_out(shop: Shop):
    ana, plan, (first, second) = await bought_twice(shop)
    await report(shop, OPENED, "dp-1", first)
    await report(shop, OPENED, "dp-2", second)
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.PAUSED
    shop.clock.advance(DAY)
    await report(shop, CLOSED, "dp-1", first, reason="won")
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE


async def test_full_refund_of_the_running_time_suspends_access_if_the_following_time_is_disputed(shop: Shop):
    ana, plan, (first, second) = await bought_twice(shop)
    await report(shop, OPENED, "dp-2", second)
    await report(shop, PaymentEventKind.REFUND, "re-1", first)
    shop.clock.advance(DAY)
    await watched(shop, "dp-2")
    assert (await shop.holding(ana, plan)).subscription.status is SubscriptionStatus.PAUSED
