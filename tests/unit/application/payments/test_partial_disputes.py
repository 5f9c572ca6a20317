"""Disputes about a part of a payment, together with refunds of other parts: their effects on access, receipts and
messages.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.payment_messages import DisputeLost, RefundedMessage
from subscriptions.application.payments.disputes import WatchDispute
from subscriptions.application.subscriptions.money_left import balance_of, left_of
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.reversal import DisputeStatus
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.ids import InboxId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.shop import Shop, memory_shop
from tests.fakes.staff import Staff
from tests.support.plan_member import HALF as HALF_PERIOD
from tests.support.plan_member import charged, member_of

DAY = timedelta(days=1)
PRICE = Money(2999, "EUR")
HALF, MORE_THAN_HALF = Money(1500, "EUR"), Money(1501, "EUR")
SMALL, LARGE = Money(500, "EUR"), Money(2000, "EUR")
OPENED, CLOSED, REFUND = PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED, PaymentEventKind.REFUND


@dataclass(frozen=True)
class Sale:
    """Customer who paid for thirty days ten days ago."""

    shop: Shop
    ana: Customer
    plan: ServicePlan
    payment: Payment

    async def report(self, kind: PaymentEventKind, key: str, amount: Money | None = None, **more: Any) -> None:
        about = {"payment_key": key, "about_payment": self.payment.payment_key}
        reported = {"amount_refunded": amount} if kind is REFUND else {}
        await self.shop.deliver(
            self.shop.provider.create_event(kind, "money.back", amount=amount, **(about | reported | more))
        )

    async def subscription(self) -> Subscription:
        return (await self.shop.holding(self.ana, self.plan)).subscription

    async def left(self) -> Money:
        payment = (await self.shop.holding(self.ana, self.plan)).payment
        async with self.shop.units() as uow:
            return await left_of(uow, payment)

    async def booked(self) -> int:
        """Return the sum of the payment's receipts in minor units."""
        async with self.shop.units() as uow:
            return sum(each.signed_amount.minor for each in await uow.receipts.of_payment(self.payment.id))

    async def lost_message(self) -> DisputeLost:
        notified = (await self.shop.notified("dispute_lost"))[-1]
        async with self.shop.units() as uow:
            sources = Sources(uow, self.shop.policy, self.shop.clock.now())
            message = await DisputeLost.load(sources, UUID(notified["subject"]))
        assert message is not None
        return message


async def _grant(sale: Sale, days: int) -> None:
    """Grant days as staff, after the paid period."""
    shop, subscription = sale.shop, await sale.subscription()
    target = TimeTarget(subscription=subscription, is_extension=True)
    grant = TimeGrant(kind=LedgerKind.ADMIN_GRANT, source_key="gift", length=days * DAY, price=subscription.price)
    async with shop.units() as uow:
        give_time = GiveTime(GrantAccess(shop.policy))
        await give_time.add(uow, target, sale.ana, sale.plan, grant, shop.clock.now())
        await uow.commit()


async def sold(shop: Shop, price: Money = PRICE) -> Sale:
    ana, plan = await shop.customer(), await shop.plan(price=price)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    shop.clock.advance(10 * DAY)
    return Sale(shop, ana, plan, (await shop.holding(ana, plan)).payment)


@pytest.fixture
async def sale(shop: Shop) -> Sale:
    return await sold(shop)


@pytest.mark.parametrize(
    ("price", "amount", "suspends"),
    [
        (PRICE, SMALL, False),
        (Money(3000, "EUR"), HALF, False),
        (Money(3000, "EUR"), MORE_THAN_HALF, True),
        (PRICE, PRICE, True),
        (PRICE, None, True),
    ],
    ids=["a small part", "exactly half", "one cent more than half", "full amount", "no amount stated"],
)
async def test_dispute_about_more_than_half_of_the_payment_suspends_access(
    shop: Shop, price: Money, amount: Money | None, suspends: bool
):
    sale = await sold(shop, price)
    await sale.report(OPENED, "dp-1", amount)
    subscription = await sale.subscription()
    assert (subscription.status is SubscriptionStatus.PAUSED) is suspends
    assert bool(await shop.notified("dispute_opened")) is suspends


async def test_dispute_about_all_that_a_refund_left_suspends_access(shop: Shop):
    sale = await sold(shop, Money(3000, "EUR"))
    await sale.report(REFUND, "re-1", MORE_THAN_HALF)
    await sale.report(OPENED, "dp-1", Money(3000, "EUR") - MORE_THAN_HALF)
    assert (await sale.subscription()).status is SubscriptionStatus.PAUSED

    await sale.report(CLOSED, "dp-1", reason="won")
    assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE


async def test_partial_refund_reported_again_after_the_rest_was_lost_leaves_granted_days(sale: Sale):
    shop, refunded_at = sale.shop, sale.shop.clock.now()
    await _grant(sale, 20)
    await sale.report(REFUND, "re-1", SMALL)
    shop.clock.advance(5 * DAY)
    for kind, reason in ((OPENED, None), (CLOSED, "lost")):
        await sale.report(kind, "dp-1", PRICE - SMALL, reason=reason)
    end = (await sale.subscription()).access_until
    assert end == shop.clock.now() + 20 * DAY
    await sale.report(REFUND, "re-1", SMALL, occurred_at=refunded_at)
    assert (await sale.subscription()).access_until == end
    assert (await shop.holding(sale.ana, sale.plan)).payment.status is PaymentStatus.CAPTURED


async def test_alarm_of_a_partial_dispute_names_the_disputed_amount_and_the_payment(sale: Sale):
    await sale.report(OPENED, "dp-1", SMALL)
    (alarm,) = [job for job in await sale.shop.jobs("bot.alarm") if job["kind"] == "dispute_open"]
    assert (alarm["facts"]["amount"], alarm["facts"]["paid"]) == (str(SMALL), str(PRICE))


async def test_amounts_of_open_disputes_about_one_payment_are_added_to_decide_the_suspension(sale: Sale):
    part = Money(1000, "EUR")
    await sale.report(OPENED, "dp-1", part)
    assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE
    await sale.report(OPENED, "dp-2", part)
    assert (await sale.subscription()).status is SubscriptionStatus.PAUSED

    sale.shop.clock.advance(3 * DAY)
    end = (await sale.subscription()).access_until
    assert end is not None
    await sale.report(CLOSED, "dp-1", part, reason="won")
    subscription = await sale.subscription()
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.ACTIVE, end + 3 * DAY)


async def test_amount_lost_in_one_dispute_counts_towards_suspension_by_the_next_dispute(sale: Sale):
    part = Money(1000, "EUR")
    await sale.report(OPENED, "dp-1", part)
    await sale.report(CLOSED, "dp-1", part, reason="lost")
    await sale.report(OPENED, "dp-2", part)
    assert (await sale.subscription()).status is SubscriptionStatus.PAUSED


async def test_higher_dispute_amount_suspends_access_and_lower_amount_readmits_the_customer(sale: Sale):
    await sale.report(OPENED, "dp-1", SMALL)
    await sale.report(OPENED, "dp-1", LARGE)
    assert (await sale.subscription()).status is SubscriptionStatus.PAUSED
    end = (await sale.subscription()).access_until
    assert end is not None

    sale.shop.clock.advance(2 * DAY)
    await sale.report(OPENED, "dp-1", SMALL)
    subscription = await sale.subscription()
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.ACTIVE, end + 2 * DAY)
    assert not await sale.shop.notified("dispute_won")
    assert len(await sale.shop.notified("resumed")) == 1
    async with sale.shop.units() as uow:
        (dispute,) = await uow.reversals.disputes_of([sale.payment.id])
    assert (dispute.status, dispute.amount) == (DisputeStatus.OPEN, SMALL)
    assert await sale.left() == PRICE


async def test_dispute_lost_for_half_of_the_payment_or_less_does_not_shorten_access(sale: Sale):
    before = (await sale.subscription()).access_until
    assert before is not None
    await sale.report(OPENED, "dp-1", SMALL)
    sale.shop.clock.advance(2 * DAY)
    await sale.report(CLOSED, "dp-1", SMALL, reason="lost")

    subscription = await sale.subscription()
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.ACTIVE, before)
    assert subscription.renews
    assert not await sale.shop.jobs("core.stop_billing")
    message = await sale.lost_message()
    assert (message.word, message.taken) == ("part", SMALL)
    assert not await sale.shop.notified("dispute_won")
    assert (await sale.left(), await sale.booked()) == (PRICE - SMALL, PRICE.minor - SMALL.minor)


async def test_dispute_lost_for_more_than_half_of_the_payment_ends_access_and_billing(sale: Sale):
    await sale.report(OPENED, "dp-1", LARGE)
    await sale.report(CLOSED, "dp-1", LARGE, reason="lost")

    assert not (await sale.subscription()).live
    assert await sale.shop.jobs("core.stop_billing")
    assert (await sale.lost_message()).word == "ended"
    assert (await sale.left(), await sale.booked()) == (PRICE - LARGE, PRICE.minor - LARGE.minor)


async def test_won_partial_dispute_restores_the_days_of_the_suspension(sale: Sale):
    before = (await sale.subscription()).access_until
    assert before is not None
    await sale.report(OPENED, "dp-1", LARGE)
    sale.shop.clock.advance(2 * DAY)
    await sale.report(CLOSED, "dp-1", LARGE, reason="won")
    subscription = await sale.subscription()
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.ACTIVE, before + 2 * DAY)
    assert len(await sale.shop.notified("dispute_won")) == 1


@pytest.mark.parametrize("refunded_first", [True, False])
async def test_payment_half_lost_and_half_refunded_ends_access_like_a_full_refund(shop: Shop, refunded_first: bool):
    sale = await sold(shop, Money(1000, "EUR"))

    async def refund() -> None:
        await sale.report(REFUND, "re-1", SMALL)

    async def lose() -> None:
        await sale.report(OPENED, "dp-1", SMALL)
        await sale.report(CLOSED, "dp-1", SMALL, reason="lost")

    for act in (refund, lose) if refunded_first else (lose, refund):
        assert (await sale.subscription()).live
        await act()
        shop.clock.advance(DAY)
    held = await shop.holding(sale.ana, sale.plan)
    assert (held.subscription.live, held.accesses[0].status) == (False, AccessStatus.REVOKING)
    assert (await sale.left(), await sale.booked()) == (Money(0, "EUR"), 0)
    assert len(await shop.jobs("core.stop_billing")) == 1
    assert (len(await shop.notified("dispute_lost")), len(await shop.notified("refunded"))) == (1, 1)


async def test_refund_that_leaves_only_the_disputed_part_suspends_access_at_once(shop: Shop):
    sale = await sold(shop, Money(1000, "EUR"))
    await sale.report(OPENED, "dp-1", SMALL)
    watched = len(await shop.jobs("core.watch_dispute"))
    assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE

    await sale.report(REFUND, "re-1", SMALL)

    (look,) = (await shop.jobs("core.watch_dispute"))[watched:]
    watch = WatchDispute(shop.units, shop.gateways, shop.clock, shop.policy)
    applied = len(await shop.jobs("core.apply_payment_event"))
    await watch(look["provider"], look["dispute_key"])
    for job in (await shop.jobs("core.apply_payment_event"))[applied:]:
        await shop.apply(InboxId(UUID(str(job["inbox_id"]))))
    assert (await sale.subscription()).status is SubscriptionStatus.PAUSED


async def test_two_lost_disputes_each_about_half_of_the_payment_end_access(shop: Shop):
    sale = await sold(shop, Money(1000, "EUR"))
    for key in ("dp-1", "dp-2"):
        await sale.report(OPENED, key, SMALL)
        await sale.report(CLOSED, key, SMALL, reason="lost")
    assert not (await sale.subscription()).live
    assert (await sale.lost_message()).word == "ended"
    assert (await sale.left(), await sale.booked()) == (Money(0, "EUR"), 0)


@pytest.mark.parametrize(
    "notified", [{"amount_refunded": Money(1000, "EUR")}, {}], ids=["stated", "less than disputed"]
)
@pytest.mark.parametrize("refund", ["before", "after", "before, reported after"])
async def test_lost_dispute_that_is_also_reported_as_a_refund_is_booked_once(
    sale: Sale, notified: dict[str, Any], refund: str
):
    """A dispute about the full amount is lost for 10.00 only, and the provider also reports these 10.00 as a refund."""
    decided = Money(1000, "EUR")
    await sale.report(OPENED, "dp-1", PRICE)
    sale.shop.clock.advance(DAY)
    refunded_at = sale.shop.clock.now()
    if refund == "before":
        await sale.report(REFUND, "re-1", decided)
    sale.shop.clock.advance(DAY)
    await sale.report(CLOSED, "dp-1", decided, reason="lost", **notified)
    sale.shop.clock.advance(DAY)
    if refund == "after":
        await sale.report(REFUND, "re-1", decided)
    elif refund == "before, reported after":
        await sale.report(REFUND, "re-1", decided, occurred_at=refunded_at)
    assert (await sale.left(), await sale.booked()) == (Money(1999, "EUR"), 1999)
    assert (await sale.subscription()).status is SubscriptionStatus.ACTIVE

    await sale.report(REFUND, "re-2", decided)
    assert (await sale.left(), await sale.booked()) == (Money(999, "EUR"), 999)


async def test_refund_requested_by_staff_is_booked_in_addition_to_the_lost_dispute(sale: Sale):
    """The refund has the amount lost in the dispute, but staff requested it after the decision."""
    decided = Money(1000, "EUR")
    await sale.report(OPENED, "dp-1", PRICE)
    await sale.report(CLOSED, "dp-1", decided, reason="lost", amount_refunded=decided)
    olga = await sale.shop.customer(staff_role=StaffRole.OWNER)
    await Staff(sale.shop)(olga.telegram_id, "refund", sale.payment.id, amount="10.00", reason="lo pidió")
    assert await sale.left() == Money(999, "EUR")
    sale.shop.clock.advance(timedelta(minutes=1))
    await sale.report(REFUND, "re-1", decided)
    assert (await sale.left(), await sale.booked()) == (Money(999, "EUR"), 999)
    await sale.report(REFUND, "re-2", decided)
    assert (await sale.left(), await sale.booked()) == (Money(999, "EUR"), 999), "that one carries out the dispute"


async def test_refund_made_before_a_lost_dispute_does_not_reduce_the_lost_amount(sale: Sale):
    """The provider refunded a part before the dispute and reports the refund later. The refund is not treated as a
    reduction of the lost amount.
    """
    refunded_at = sale.shop.clock.now()
    sale.shop.clock.advance(DAY)
    await sale.report(OPENED, "dp-1", PRICE)
    await sale.report(CLOSED, "dp-1", PRICE, reason="lost")
    await sale.report(REFUND, "re-1", Money(1000, "EUR"), occurred_at=refunded_at)
    async with sale.shop.units() as uow:
        (refund,) = await uow.reversals.refunds_of(sale.payment.id)
    assert (refund.repeats_dispute, refund.amount) == (False, Money(1000, "EUR"))
    assert (await sale.left(), await sale.booked()) == (Money(0, "EUR"), 0)
    assert "loss_reduced" not in await sale.shop.alarms()


async def test_smaller_refund_reported_after_a_lost_dispute_corrects_the_booked_loss(sale: Sale):
    """The provider did not state the amount lost in the dispute, but then reports it as a refund. Staff must review the
    access.
    """
    await sale.report(OPENED, "dp-1", PRICE)
    await sale.report(CLOSED, "dp-1", PRICE, reason="lost")
    assert (await sale.left(), await sale.booked()) == (Money(0, "EUR"), 0)
    sale.shop.clock.advance(timedelta(minutes=1))
    for _ in range(2):
        await sale.report(REFUND, "re-1", Money(1000, "EUR"))
        assert (await sale.left(), await sale.booked()) == (Money(1999, "EUR"), 1999)
    assert (await sale.shop.alarms()).count("loss_reduced") == 1


@pytest.mark.parametrize("seed", range(25))
async def test_access_lasts_while_enough_of_the_payment_remains_in_any_order_of_refunds_and_disputes(seed: int):
    chance, shop = Random(seed), memory_shop()
    sale = await sold(shop, Money(1000, "EUR"))
    open_keys = list[str]()
    for number in range(chance.randint(2, 9)):
        amount = Money(chance.choice([100, 250, 333, 500, 700]), "EUR")
        act = chance.choice(["refund", "open", "close", "close"])
        if act == "refund":
            await sale.report(REFUND, f"re-{number}", amount)
        elif act == "open":
            open_keys.append(f"dp-{number}")
            await sale.report(OPENED, open_keys[-1], amount)
        elif open_keys:
            await sale.report(CLOSED, open_keys.pop(0), reason=chance.choice(["won", "lost"]))
        shop.clock.advance(timedelta(hours=1))
        left, booked, subscription = await sale.left(), await sale.booked(), await sale.subscription()
        assert 0 <= left.minor <= 1000
        assert left.minor == booked
        async with shop.units() as uow:
            assert subscription.live is not (await balance_of(uow, sale.payment)).is_gone
        assert bool(await shop.jobs("core.stop_billing")) is not subscription.live


async def test_message_about_the_refund_of_the_remaining_amount_announces_the_end_of_access(shop: Shop):
    sale = await sold(shop, Money(1000, "EUR"))
    await sale.report(OPENED, "dp-1", SMALL)
    await sale.report(CLOSED, "dp-1", SMALL, reason="lost")
    await sale.report(REFUND, "re-1", SMALL)
    async with shop.units() as uow:
        refund = await uow.reversals.refund_by_key("acme", "re-1")
        assert refund is not None
        message = await RefundedMessage.load(Sources(uow, shop.policy, shop.clock.now()), refund.id)
    assert message is not None
    assert (message.word, refund.repeats_dispute) == ("ended", False)


async def test_dispute_about_the_difference_of_a_plan_change_is_compared_with_the_whole_period(shop: Shop):
    """The customer paid 29.99 for the month and 10.00 for the rest of it on the other plan."""
    member = await member_of(shop)
    await member.change("dear")
    (difference,) = charged(shop)
    await shop.deliver(difference)
    about = {"payment_key": "dp-0", "about_payment": difference.payment_key, "amount": difference.amount}

    await shop.deliver(shop.provider.create_event(OPENED, "dispute", **about))
    assert (await member.subscription()).status is SubscriptionStatus.ACTIVE

    await shop.deliver(shop.provider.create_event(CLOSED, "dispute", reason="lost", **about))
    subscription = await member.subscription()
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.ACTIVE, member.end)
    assert subscription.renews
    assert await shop.jobs("core.stop_billing") == []
    (job,) = await shop.notified("dispute_lost")
    async with shop.units() as uow:
        message = await DisputeLost.load(Sources(uow, shop.policy, shop.clock.now()), UUID(job["subject"]))
    assert message is not None
    assert (message.word, message.until) == ("goes_on", member.end)


async def test_dispute_about_a_difference_of_most_of_the_period_suspends_until_it_is_decided(shop: Shop):
    member = await member_of(shop)
    member.plans["dear"] = await shop.priced(price=Money(19999, "EUR"), name="Caro")
    await member.change("dear")
    (difference,) = charged(shop)
    await shop.deliver(difference)
    about = {"payment_key": "dp-0", "about_payment": difference.payment_key, "amount": difference.amount}
    await shop.deliver(shop.provider.create_event(OPENED, "dispute", **about))
    assert (await member.subscription()).status is SubscriptionStatus.PAUSED

    shop.clock.advance(5 * DAY)
    await shop.deliver(shop.provider.create_event(CLOSED, "dispute", reason="lost", **about))
    subscription = await member.subscription()
    assert (subscription.status, subscription.access_until) == (SubscriptionStatus.ACTIVE, member.end + 5 * DAY)
    assert subscription.renews


async def test_dispute_about_a_difference_in_a_free_period_is_not_compared_with_the_month_before(shop: Shop):
    member = await member_of(shop)
    shop.clock.advance(HALF_PERIOD)
    free = Money(0, "EUR")
    await shop.deliver(shop.provider.renew("sub-1", free, regular=PRICE, reduction=PRICE))
    shop.clock.advance(HALF_PERIOD)
    await member.change("dear")
    (difference,) = charged(shop)
    await shop.deliver(difference)
    about = {"payment_key": "dp-0", "about_payment": difference.payment_key, "amount": difference.amount}
    await shop.deliver(shop.provider.create_event(OPENED, "dispute", **about))
    assert (await member.subscription()).status is SubscriptionStatus.PAUSED
    await shop.deliver(shop.provider.create_event(CLOSED, "dispute", reason="lost", **about))
    assert not (await member.subscription()).renews


@pytest.mark.parametrize("first", ["difference", "month"])
async def test_lost_disputes_about_the_month_and_the_difference_end_access(shop: Shop, first: str):
    member = await member_of(shop)
    await member.change("dear")
    (difference,) = charged(shop)
    await shop.deliver(difference)
    async with shop.units() as uow:
        month = next(each for each in await uow.payments.of_customer(member.customer.id, 5) if each.amount == PRICE)
    paid = {"difference": difference.payment_key, "month": month.payment_key}
    for name in sorted(paid, key=lambda each: each != first):
        about = {"payment_key": f"dp-{name}", "about_payment": paid[name]}
        await shop.deliver(shop.provider.create_event(OPENED, "dispute", **about))
        await shop.deliver(shop.provider.create_event(CLOSED, "dispute", reason="lost", **about))
    async with shop.units() as uow:
        (subscription,) = await uow.subscriptions.of_customer(member.customer.id)
    assert (subscription.status, subscription.renews) == (SubscriptionStatus.EXPIRED, False)
    assert await shop.jobs("core.stop_billing")


async def test_days_before_a_higher_dispute_amount_suspended_access_are_not_restored(sale: Sale):
    end = (await sale.subscription()).access_until
    assert end is not None
    await sale.report(OPENED, "dp-1", SMALL)
    sale.shop.clock.advance(5 * DAY)
    await sale.report(OPENED, "dp-1", LARGE)
    sale.shop.clock.advance(2 * DAY)
    await sale.report(CLOSED, "dp-1", LARGE, reason="won")
    assert (await sale.subscription()).access_until == end + 2 * DAY
