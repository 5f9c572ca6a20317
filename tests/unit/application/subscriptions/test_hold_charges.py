"""Nobody is charged while we keep them out, and what they have paid is had: by each way in and out of a rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import pytest

from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.gift_messages import DisputeWon
from subscriptions.application.messages.payment_messages import RefundedMessage, RenewedMessage
from subscriptions.application.messages.subscription_messages import ResumedMessage
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import Subscription, SubscriptionStatus
from subscriptions.domain.errors import RetryLater
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import OVERPAID
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, PaymentEvent, PaymentEventKind
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

DAY = timedelta(days=1)
REF = "sub-1"
OPENED, CLOSED = PaymentEventKind.DISPUTE_OPENED, PaymentEventKind.DISPUTE_CLOSED
Cause = Literal["dispute", "staff"]


@dataclass(frozen=True)
class Sale:
    """A customer inside their channel, ten days after paying for thirty."""

    shop: Shop
    ana: Customer
    plan: ServicePlan
    olga: Customer
    payment_key: str
    end: datetime

    async def subscription(self) -> Subscription:
        return (await self.shop.holding(self.ana, self.plan)).subscription

    async def access(self) -> AccessStatus:
        return (await self.shop.holding(self.ana, self.plan)).accesses[0].status

    async def until(self) -> datetime | None:
        return (await self.subscription()).access_until

    async def shut_out(self, cause: Cause) -> None:
        if cause == "dispute":
            await self._dispute(OPENED)
        else:
            await self.act("suspend", "revisión")
        assert await self.access() is AccessStatus.SUSPENDED
        await self.shop.follow_charges()

    async def let_in(self, cause: Cause) -> None:
        if cause == "dispute":
            await self._dispute(CLOSED, reason="won")
        else:
            await self.act("restore", "aclarado")

    async def remove(self) -> None:
        await self.act("remove", "cuenta robada")

    async def lose(self) -> None:
        await self._dispute(CLOSED, reason="lost")

    async def renewed(self) -> PaymentEvent:
        renewal = self.shop.provider.renew(REF, self.plan.price)
        await self.shop.deliver(renewal)
        return renewal

    async def act(self, name: str, reason: str, **more: int) -> None:
        """Have staff do it to the subscription."""
        subscription = await self.subscription()
        await Staff(self.shop)(self.olga.telegram_id, name, subscription.id, reason=reason, **more)

    async def _dispute(self, kind: PaymentEventKind, **more: str) -> None:
        about = {"payment_key": "dp-1", "about_payment": self.payment_key, **more}
        await self.shop.deliver(self.shop.provider.tell(kind, "money.back", **about))


@pytest.fixture
async def sale(shop: Shop) -> Sale:
    """One sale."""
    ana, plan, olga = await shop.customer(), await shop.plan(), await shop.customer(staff_role=StaffRole.OWNER)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    end = held.subscription.access_until
    assert end is not None
    shop.clock.advance(10 * DAY)
    return Sale(shop, ana, plan, olga, held.payment.payment_key, end)


CAUSES = pytest.mark.parametrize("cause", ["dispute", "staff"])


@CAUSES
async def test_who_is_kept_out_is_not_charged_and_has_what_they_paid_afterwards(sale: Sale, cause: Cause):
    """Out from day 10 to day 50: the twenty days they had not had are theirs, and ten more, for the provider charges
    again with its next period, on day 90, and not before."""
    shop = sale.shop
    await sale.shut_out(cause)
    assert shop.provider.held == {REF}
    shop.clock.advance(20 * DAY)
    shop.provider.pass_unbilled(REF)
    await shop.run_due()
    for job in await shop.jobs("core.check_subscription"):
        await shop.check(UUID(str(job["subscription_id"])))
    shop.clock.advance(20 * DAY)
    await sale.let_in(cause)
    assert await sale.until() == sale.end + 40 * DAY
    await shop.follow_charges()
    assert shop.provider.held == set()
    assert (await sale.access(), (await sale.subscription()).status) == (
        AccessStatus.PENDING,
        SubscriptionStatus.ACTIVE,
    )
    # The period that runs there ends on day 60, which is before.
    assert await sale.until() == sale.end + 40 * DAY
    assert await shop.alarms() == (["dispute_open"] if cause == "dispute" else [])


@CAUSES
async def test_until_the_provider_charges_again_who_was_kept_out_stays_inside(sale: Sale, cause: Cause):
    """Out from day 10 to day 35: what is left lasts until day 55, the period that began uncharged until day 60."""
    shop = sale.shop
    await sale.shut_out(cause)
    shop.clock.advance(20 * DAY)
    shop.provider.pass_unbilled(REF)
    shop.clock.advance(5 * DAY)
    await sale.let_in(cause)
    assert await sale.until() == sale.end + 25 * DAY
    await shop.follow_charges()
    await shop.follow_charges()
    assert await sale.until() == sale.end + PERIOD
    shop.clock.advance(25 * DAY)
    renewal = await sale.renewed()
    assert await sale.until() == renewal.period_end == sale.end + 2 * PERIOD


@CAUSES
async def test_a_rest_within_a_paid_period_gives_its_days_back_and_no_more(sale: Sale, cause: Cause):
    await sale.shut_out(cause)
    sale.shop.clock.advance(5 * DAY)
    await sale.let_in(cause)
    await sale.shop.follow_charges()
    assert await sale.until() == sale.end + 5 * DAY
    assert (await sale.subscription()).withheld_since is None


@CAUSES
async def test_what_is_charged_all_the_same_is_had_afterwards_and_the_message_says_so(sale: Sale, cause: Cause):
    """Its provider cannot wait, or the charge was on its way."""
    shop = sale.shop
    await sale.shut_out(cause)
    shop.clock.advance(20 * DAY)
    await sale.renewed()
    (told,) = await shop.told("renewed")
    async with shop.units() as uow:
        message = await RenewedMessage.gather(Sources(uow, shop.policy, shop.clock.now()), UUID(told["subject"]))
    assert message is not None
    assert message.word == "withheld"
    shop.clock.advance(50 * DAY)
    assert (await sale.subscription()).live
    await sale.let_in(cause)
    await shop.follow_charges()
    assert await sale.until() == shop.clock.now() + 20 * DAY + PERIOD


async def test_a_charge_that_nobody_told_is_counted_before_anything_is_given(sale: Sale):
    shop = sale.shop
    await sale.shut_out("staff")
    shop.clock.advance(20 * DAY)
    renewal = shop.provider.renew(REF, sale.plan.price)
    shop.clock.advance(5 * DAY)
    await sale.let_in("staff")
    with pytest.raises(RetryLater):
        await shop.follow_charges()
    await shop.deliver(renewal)
    await shop.follow_charges()
    assert await sale.until() == shop.clock.now() + 20 * DAY + PERIOD


async def test_each_cause_keeps_the_charges_held_and_the_days_come_back_once(sale: Sale):
    shop = sale.shop
    await sale.shut_out("dispute")
    shop.clock.advance(2 * DAY)
    await sale.shut_out("staff")
    shop.clock.advance(2 * DAY)
    await sale.let_in("dispute")
    await shop.follow_charges()
    assert (shop.provider.held, await sale.until()) == ({REF}, sale.end)
    shop.clock.advance(2 * DAY)
    await sale.let_in("staff")
    await shop.follow_charges()
    assert (shop.provider.held, await sale.until()) == (set(), sale.end + 6 * DAY)


async def test_while_the_provider_is_away_it_is_tried_again(sale: Sale):
    sale.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    with pytest.raises(GatewayUnavailable):
        await sale.shut_out("staff")
    await sale.shop.follow_charges()
    assert sale.shop.provider.held == {REF}


async def test_next_charge_is_known_again_as_soon_as_charges_are_let_go(sale: Sale):
    """A notice that is sent at that moment names what is charged: here less than the price, by a coupon."""
    sale.shop.provider.change(REF, price=sale.plan.price)
    sale.shop.provider.charges[REF] = Money(999, sale.plan.price.currency)
    await sale.shut_out("staff")
    await sale.let_in("staff")
    await sale.shop.follow_charges()
    upcoming = (await sale.subscription()).upcoming
    assert upcoming is not None
    assert (upcoming.at, upcoming.amount) == (sale.end, Money(999, sale.plan.price.currency))


async def test_a_job_that_comes_too_late_does_as_it_stands_by_now(sale: Sale):
    await sale.act("suspend", "revisión")
    await sale.let_in("staff")
    await sale.shop.follow_charges()
    assert sale.shop.provider.held == set()


async def test_what_was_canceled_is_held_once_that_is_taken_back(sale: Sale):
    shop = sale.shop
    await shop.cancel(sale.ana.telegram_id)
    await sale.shut_out("staff")
    assert shop.provider.held == set()
    await shop.undo(sale.ana.telegram_id)
    await shop.follow_charges()
    assert shop.provider.held == {REF}


async def test_charges_that_are_held_for_nobody_any_more_are_found_and_released(sale: Sale):
    """As after the database was brought back from before the rest."""
    shop = sale.shop
    await shop.provider.hold_charges(REF)
    await shop.ask_subscription((await sale.subscription()).id)
    await shop.follow_charges()
    assert shop.provider.held == set()


@pytest.mark.parametrize("end", ["lose", "remove"])
async def test_what_ends_is_stopped_and_not_released(sale: Sale, end: str):
    shop = sale.shop
    await sale.shut_out("dispute")
    await getattr(sale, end)()
    await shop.follow_charges()
    assert (await sale.subscription()).status is SubscriptionStatus.EXPIRED
    assert len(await shop.jobs("core.stop_billing")) == 1
    assert shop.provider.held == {REF}


async def test_a_dispute_that_is_lost_ends_what_was_not_charged_since(sale: Sale):
    """The provider is in a later period by then, for which nobody paid."""
    shop = sale.shop
    await sale.shut_out("dispute")
    shop.clock.advance(20 * DAY)
    shop.provider.pass_unbilled(REF)
    shop.clock.advance(5 * DAY)
    await sale.lose()
    assert (await sale.subscription()).status is SubscriptionStatus.EXPIRED
    assert len(await shop.jobs("core.stop_billing")) == 1


async def test_given_days_alone_are_left_once_a_dispute_is_lost_in_an_uncharged_period(sale: Sale) -> None:
    """Out from day 10 to day 35, in a period that began uncharged: no charge comes at its end, on day 60."""
    shop = sale.shop
    await sale.act("extend", "perdón", days=20)
    await sale.shut_out("dispute")
    shop.clock.advance(20 * DAY)
    shop.provider.pass_unbilled(REF)
    shop.clock.advance(5 * DAY)
    await sale.lose()
    await shop.follow_charges()
    assert await sale.until() == shop.clock.now() + 20 * DAY
    assert shop.provider.held == {REF}
    assert len(await shop.jobs("core.stop_billing")) == 1


async def test_nothing_is_bridged_for_whom_staff_lets_in_once_billing_is_to_stop(sale: Sale) -> None:
    shop = sale.shop
    await sale.act("extend", "perdón", days=20)
    await sale.shut_out("staff")
    shop.clock.advance(20 * DAY)
    shop.provider.pass_unbilled(REF)
    shop.clock.advance(5 * DAY)
    refund = {"payment_key": "re-1", "about_payment": sale.payment_key, "amount_refunded": sale.plan.price}
    await shop.deliver(shop.provider.tell(PaymentEventKind.REFUND, "money.back", amount=sale.plan.price, **refund))
    await sale.let_in("staff")
    await shop.follow_charges()
    assert await sale.until() == shop.clock.now() + 20 * DAY
    assert shop.provider.held == {REF}


async def test_who_is_suspended_loses_nothing_by_the_end_of_what_they_paid(sale: Sale):
    """What is paid once, or was given, stands still as well."""
    shop = sale.shop
    plan = await shop.plan(recurring=False, interval=None, duration_days=30)
    _, session = await shop.checkout(sale.ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    once = Sale(shop, sale.ana, plan, sale.olga, "", shop.clock.now() + PERIOD)
    shop.clock.advance(20 * DAY)
    await once.shut_out("staff")
    shop.clock.advance(60 * DAY)
    assert not (await shop.run_due()).subscriptions or (await once.subscription()).live
    await shop.check((await once.subscription()).id)
    assert (await once.subscription()).status is SubscriptionStatus.PAUSED
    await once.let_in("staff")
    assert await once.until() == shop.clock.now() + 10 * DAY


async def _refused_and_out(sale: Sale, cause: Cause, days: int) -> Subscription:
    """Refused on day 30, out from day 31 on for so many days. As PayPal, the provider tries it again only with its
    next cycle, on day 60.
    """
    shop = sale.shop
    shop.clock.advance(20 * DAY)
    await shop.deliver(shop.provider.fail_renewal(REF))
    shop.clock.advance(DAY)
    await sale.shut_out(cause)
    shop.clock.advance(days * DAY)
    await sale.let_in(cause)
    await shop.follow_charges()
    await shop.check((await sale.subscription()).id)
    back = await sale.subscription()
    assert (back.status, back.access_until) == (SubscriptionStatus.PAST_DUE, shop.clock.now())
    return back


@CAUSES
async def test_a_charge_refused_before_leaves_the_days_of_grace_and_then_all_is_over_unpaid(sale: Sale, cause: Cause):
    """Let in on day 51. Nothing is charged for what they have not had."""
    shop = sale.shop
    back = await _refused_and_out(sale, cause, 20)
    for days, live in ((4, True), (1, False)):
        shop.clock.advance(days * DAY)
        await shop.run_due()
        await shop.check(back.id)
        assert (await sale.subscription()).live is live
    assert shop.provider.canceled_at_once == [REF]
    assert (await shop.holding(sale.ana, sale.plan)).payment.payment_key == sale.payment_key


@CAUSES
@pytest.mark.parametrize("meanwhile", [False, True])
async def test_a_provider_that_gives_up_leaves_the_days_of_grace_to_who_is_let_in_again(
    sale: Sale, cause: Cause, *, meanwhile: bool
):
    """Refused on day 30, out from day 33 to day 35. meanwhile: it gives up while they are out, and not before."""
    shop = sale.shop
    shop.clock.advance(20 * DAY)
    await shop.deliver(shop.provider.fail_renewal(REF))
    shop.clock.advance(3 * DAY)
    for out in (False, True):
        if out is meanwhile:
            shop.provider.end(REF)
            await shop.ask_subscription((await sale.subscription()).id)
        if not out:
            await sale.shut_out(cause)
    shop.clock.advance(2 * DAY)
    await sale.let_in(cause)
    await shop.follow_charges()
    await shop.ask_subscription((await sale.subscription()).id)
    back = await sale.subscription()
    assert (back.status, await sale.access()) == (SubscriptionStatus.PAST_DUE, AccessStatus.PENDING)
    assert not await shop.told("canceled")
    (told,) = await shop.told("resumed" if cause == "staff" else "dispute_won")
    message_class = ResumedMessage if cause == "staff" else DisputeWon
    async with shop.units() as uow:
        message = await message_class.gather(Sources(uow, shop.policy, shop.clock.now()), UUID(told["subject"]))
    assert message is not None
    assert message.until == shop.clock.now() + shop.policy.grace
    shop.clock.advance(shop.policy.grace - DAY)
    await shop.check(back.id)
    assert (await sale.subscription()).live
    shop.clock.advance(DAY)
    await shop.check(back.id)
    assert not (await sale.subscription()).live


@pytest.mark.parametrize(("inside", "left"), [(10, 20), (30, 10)])
async def test_who_is_kept_out_and_given_their_money_back_hears_what_becomes_of_what_was_given(
    sale: Sale, inside: int, left: int
):
    """Paid for until day 30, ten of which are over, and given twenty days more: of what was paid something was left
    when they were put out, or nothing. Either way nothing paid is left, and billing stops."""
    shop = sale.shop
    await sale.act("extend", "perdón", days=20)
    shop.clock.advance(inside * DAY)
    await sale.shut_out("staff")
    shop.clock.advance(30 * DAY)
    back = {"payment_key": "re-1", "about_payment": sale.payment_key, "amount": sale.plan.price}
    await shop.deliver(shop.provider.tell(PaymentEventKind.REFUND, "money.back", **back))
    (told,) = await shop.told("refunded")
    async with shop.units() as uow:
        message = await RefundedMessage.gather(Sources(uow, shop.policy, shop.clock.now()), UUID(told["subject"]))
    assert message is not None
    assert message.word == "withheld"
    assert await shop.jobs("core.stop_billing")
    await sale.let_in("staff")
    assert await sale.until() == shop.clock.now() + left * DAY


@CAUSES
async def test_what_a_cycle_takes_along_of_a_charge_refused_before_is_told_as_too_much(sale: Sale, cause: Cause):
    """Let in on day 57, so that the next cycle comes within the days of grace, with both periods in one sum."""
    shop, price = sale.shop, sale.plan.price
    await _refused_and_out(sale, cause, 26)
    shop.clock.advance(3 * DAY)
    await shop.deliver(shop.provider.renew(REF, price + price, regular=price, reason=OVERPAID))
    held = await shop.holding(sale.ana, sale.plan)
    assert (held.subscription.status, held.subscription.access_until) == (
        SubscriptionStatus.ACTIVE,
        sale.end + 2 * PERIOD,
    )
    assert [each.excess for each in held.payments if each.payment_key != sale.payment_key] == [price]
    assert "overpaid" in await shop.alarms()
