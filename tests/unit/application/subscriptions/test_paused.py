"""Check that a subscription canceled while it is suspended does not readmit the customer, and that the owed time
remains.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.subscription_messages import EndingSoon
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.payment_gateway import GatewayUnavailable, PaymentEventKind, ProviderStatus
from subscriptions.domain.services import reminder_policy
from subscriptions.domain.services.zones import HOME
from tests.fakes.provider import PERIOD
from tests.fakes.shop import Holding, Shop
from tests.fakes.staff import Staff

DAY = timedelta(days=1)
PAUSED, ACTIVE, CANCELED = SubscriptionStatus.PAUSED, SubscriptionStatus.ACTIVE, SubscriptionStatus.CANCELED


@dataclass(frozen=True)
class Sale:
    """Customer who is a member of their channel and paid for thirty days ten days ago."""

    shop: Shop
    ana: Customer
    plan: ServicePlan
    payment_key: str
    ref: str

    async def held(self) -> Holding:
        return await self.shop.holding(self.ana, self.plan)

    async def dispute(self) -> None:
        await self._dispute(PaymentEventKind.DISPUTE_OPENED)

    async def win(self) -> None:
        await self._dispute(PaymentEventKind.DISPUTE_CLOSED, reason="won")

    async def pause(self) -> None:
        self.shop.provider.change(self.ref, status=ProviderStatus.PAUSED)
        await self.shop.deliver(self.shop.provider.updated(self.ref))

    async def take_up(self) -> None:
        """Resume billing from the next period."""
        self.shop.provider.change(self.ref, status=ProviderStatus.ACTIVE)
        await self.shop.deliver(self.shop.provider.updated(self.ref))

    async def cancel(self) -> None:
        """Cancel at the provider for the end of the period."""
        await self.shop.provider.cancel_subscription(self.ref)
        await self.shop.deliver(self.shop.provider.updated(self.ref))

    async def end(self) -> None:
        """End the subscription at the provider at once."""
        await self.shop.deliver(self.shop.provider.end(self.ref))

    async def standing(self) -> tuple[SubscriptionStatus, AccessStatus]:
        held = await self.held()
        return held.subscription.status, held.accesses[0].status

    async def _dispute(self, kind: PaymentEventKind, **more: str) -> None:
        about = {"payment_key": "dp-1", "about_payment": self.payment_key, **more}
        await self.shop.deliver(self.shop.provider.create_event(kind, "money.back", **about))


@pytest.fixture
async def sale(shop: Shop) -> Sale:
    """Return a customer who paid for thirty days ten days ago."""
    ana, plan = await shop.customer(), await shop.plan()
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    held = await shop.holding(ana, plan)
    async with shop.units() as uow:
        held.accesses[0].join(shop.clock.now())
        await uow.accesses.save(held.accesses[0])
        await uow.commit()
    shop.clock.advance(10 * DAY)
    assert held.subscription.provider_ref is not None
    return Sale(shop, ana, plan, held.payment.payment_key, held.subscription.provider_ref)


@pytest.mark.parametrize("is_resumed", [False, True])
async def test_end_of_paid_time_is_announced_only_while_the_charges_are_paused(sale: Sale, is_resumed: bool):
    """In this test, the provider reports no period during the pause."""
    shop, known = sale.shop, sale.shop.provider.subscriptions[sale.ref]
    changes = {"status": ProviderStatus.PAUSED, "current_period_start": None, "current_period_end": None}
    shop.provider.change(sale.ref, **changes)
    await shop.deliver(shop.provider.updated(sale.ref))
    assert await sale.standing() == (ACTIVE, AccessStatus.ACTIVE)
    shop.clock.advance(PERIOD - 13 * DAY)
    if is_resumed:
        shop.provider.subscriptions[sale.ref] = known
    subscription = (await sale.held()).subscription
    await shop.remind(subscription.id)
    assert len(await shop.notified("ending_soon")) == (0 if is_resumed else 1)
    async with shop.units() as uow:
        message = await EndingSoon.load(Sources(uow, shop.policy, shop.clock.now()), subscription.id)
    if is_resumed:
        assert message is None
    else:
        assert message is not None
        assert (message.word, message.until) == ("unbilled", subscription.access_until)


@pytest.mark.parametrize("rest", ["dispute", "pause"])
@pytest.mark.parametrize("stop", ["cancel", "end"])
async def test_suspended_subscription_does_not_readmit_the_customer_when_canceled(sale: Sale, rest: str, stop: str):
    await getattr(sale, rest)()
    sale.shop.clock.advance(DAY)
    await getattr(sale, stop)()
    assert await sale.standing() == (CANCELED, AccessStatus.SUSPENDED)
    assert not await sale.shop.notified("resumed")
    subscription = (await sale.held()).subscription
    assert not reminder_policy.reminders(subscription, sale.shop.policy.grace, HOME)
    sale.shop.clock.advance(PERIOD)
    sale.shop.provider.end(sale.ref)
    await sale.shop.check(subscription.id)
    disputed = rest == "dispute"
    over = (SubscriptionStatus.EXPIRED, AccessStatus.REVOKING)
    assert await sale.standing() == ((CANCELED, AccessStatus.SUSPENDED) if disputed else over)


async def give(sale: Sale, days: int, key: str = "gift") -> None:
    """Grant time beyond the provider's period."""
    held = await sale.held()
    async with sale.shop.units() as uow:
        given = TimeTarget(subscription=held.subscription, is_extension=True)
        time_grant = TimeGrant(
            kind=LedgerKind.ADMIN_GRANT, source_key=key, length=days * DAY, price=held.subscription.price
        )
        await GiveTime(GrantAccess(sale.shop.policy)).add(
            uow, given, sale.ana, sale.plan, time_grant, sale.shop.clock.now()
        )
        await uow.commit()


async def test_granted_days_after_a_paused_period_start_once_the_provider_ended_the_subscription(sale: Sale):
    await sale.pause()
    await give(sale, 7)
    end = (await sale.held()).subscription.current_period_end
    assert end is not None
    sale.shop.clock.advance(DAY)
    await sale.cancel()
    sale.shop.clock.advance(end - sale.shop.clock.now())
    assert await sale.standing() == (CANCELED, AccessStatus.SUSPENDED)
    await sale.end()
    assert await sale.standing() == (CANCELED, AccessStatus.PENDING)
    assert (await sale.held()).subscription.access_until == end + 7 * DAY


async def test_pause_without_an_end_date_does_not_affect_granted_days(sale: Sale):
    await give(sale, 7)
    subscription = (await sale.held()).subscription
    end = subscription.current_period_end
    assert end is not None
    sale.shop.clock.advance(end - sale.shop.clock.now())
    sale.shop.provider.change(sale.ref, current_period_start=end, current_period_end=end + PERIOD)
    await sale.pause()
    assert await sale.standing() == (ACTIVE, AccessStatus.ACTIVE)
    sale.shop.clock.advance(6 * DAY)
    await sale.shop.poll_subscription(subscription.id)
    assert await sale.standing() == (ACTIVE, AccessStatus.ACTIVE)
    sale.shop.clock.advance(DAY)
    await sale.shop.check(subscription.id)
    assert await sale.standing() == (PAUSED, AccessStatus.SUSPENDED)


async def test_pause_reported_without_period_dates_keeps_access_in_the_paid_period(sale: Sale) -> None:
    """PayPal reports suspended subscriptions without a period."""
    sale.shop.provider.change(sale.ref, current_period_start=None, current_period_end=None)
    await sale.pause()
    assert await sale.standing() == (ACTIVE, AccessStatus.ACTIVE)
    sale.shop.clock.advance(20 * DAY - timedelta(hours=1))
    await sale.shop.poll_subscription((await sale.held()).subscription.id)
    assert await sale.standing() == (ACTIVE, AccessStatus.ACTIVE)
    sale.shop.clock.advance(timedelta(hours=1))
    await sale.shop.check((await sale.held()).subscription.id)
    assert await sale.standing() == (SubscriptionStatus.EXPIRED, AccessStatus.REVOKING)


async def test_pause_reported_without_period_dates_keeps_access_in_days_after_the_paid_period(sale: Sale) -> None:
    end = (await sale.held()).subscription.current_period_end
    assert end is not None
    await sale.dispute()
    sale.shop.clock.advance(3 * DAY)
    await sale.win()
    sale.shop.clock.advance(end + DAY - sale.shop.clock.now())
    sale.shop.provider.change(sale.ref, current_period_start=None, current_period_end=None)
    await sale.pause()
    assert await sale.standing() == (ACTIVE, AccessStatus.PENDING)
    assert not await sale.shop.notified("paused")


async def test_pause_without_an_end_date_suspends_access_once_restored_dispute_days_are_over(sale: Sale) -> None:
    """Regression found by the simulated year with seed 2: winning a dispute had moved the remaining time of an earlier
    period into the paused period.
    """
    end = (await sale.held()).subscription.current_period_end
    assert end is not None
    await sale.dispute()
    sale.shop.clock.advance(3 * DAY)
    await sale.win()
    sale.shop.clock.advance(end + DAY - sale.shop.clock.now())
    held = await sale.held()
    await sale.shop.deliver(sale.shop.provider.renew(sale.ref, held.payment.amount))
    await sale.pause()
    assert (await sale.held()).subscription.status is ACTIVE

    (check,) = await sale.shop.jobs("core.check_subscription")
    assert check["subscription_id"] == str(held.subscription.id)
    sale.shop.clock.advance(2 * DAY)
    await sale.shop.check(held.subscription.id)

    assert (await sale.held()).subscription.status is PAUSED
    assert len(await sale.shop.notified("paused")) == 1


async def test_pause_without_an_end_date_does_not_block_a_readmission_by_staff_with_days_left(sale: Sale):
    subscription = (await sale.held()).subscription
    end = subscription.current_period_end
    assert end is not None
    marta = await sale.shop.customer(staff_role=StaffRole.OWNER, telegram_id=TelegramId(4711))
    staff = Staff(sale.shop)
    await staff(marta.telegram_id, "suspend", subscription.id, reason="revisión")
    sale.shop.clock.advance(end + DAY - sale.shop.clock.now())
    sale.shop.provider.change(sale.ref, current_period_start=end, current_period_end=end + PERIOD)
    await sale.pause()
    await staff(marta.telegram_id, "restore", subscription.id, reason="aclarado")
    assert await sale.standing() == (ACTIVE, AccessStatus.PENDING)
    assert (await sale.held()).subscription.access_until == sale.shop.clock.now() + 20 * DAY


async def test_pause_that_ends_in_an_unpaid_period_lasts_until_the_next_charge(sale: Sale):
    subscription = (await sale.held()).subscription
    end = subscription.current_period_end
    assert end is not None
    sale.shop.clock.advance(end - sale.shop.clock.now())
    sale.shop.provider.change(sale.ref, current_period_start=end, current_period_end=end + PERIOD)
    sale.shop.clock.advance(DAY)
    await sale.pause()
    sale.shop.clock.advance(5 * DAY)
    sale.shop.provider.change(sale.ref, status=ProviderStatus.ACTIVE)
    await sale.shop.deliver(sale.shop.provider.updated(sale.ref))
    for _ in range(2):
        await sale.shop.poll_subscription(subscription.id)
        await sale.shop.check(subscription.id)
        sale.shop.clock.advance(DAY)
    assert await sale.standing() == (PAUSED, AccessStatus.SUSPENDED)
    assert await sale.shop.notified("resumed") == []
    assert await sale.shop.alarms() == []
    held = (await sale.held()).subscription
    assert held.next_charge == end + PERIOD
    sale.shop.clock.advance(end + PERIOD - sale.shop.clock.now())
    await sale.shop.deliver(sale.shop.provider.renew(sale.ref, sale.plan.price))
    assert await sale.standing() == (ACTIVE, AccessStatus.PENDING)


async def _in_unpaid_period(sale: Sale, given_days: int) -> datetime:
    """Advance past the end of the paid period, pause the subscription at the provider without an end date, and resume
    it a day later. Return the time of the provider's next charge.
    """
    await give(sale, given_days)
    end = (await sale.held()).subscription.current_period_end
    assert end is not None
    sale.shop.clock.advance(end - sale.shop.clock.now())
    sale.shop.provider.change(sale.ref, current_period_start=end, current_period_end=end + PERIOD)
    sale.shop.clock.advance(DAY)
    await sale.pause()
    sale.shop.clock.advance(DAY)
    await sale.take_up()
    return end + PERIOD


async def _check_daily(sale: Sale, days: int) -> None:
    subscription = (await sale.held()).subscription
    for _ in range(days):
        await sale.shop.check(subscription.id)
        await sale.shop.poll_subscription(subscription.id)
        sale.shop.clock.advance(DAY)


async def test_access_pauses_again_if_granted_days_end_before_the_next_charge_of_an_unpaid_period(sale: Sale) -> None:
    charge_at = await _in_unpaid_period(sale, 7)
    assert await sale.standing() == (ACTIVE, AccessStatus.ACTIVE)
    await _check_daily(sale, 7)
    assert await sale.standing() == (PAUSED, AccessStatus.SUSPENDED)
    assert await sale.shop.alarms() == []
    assert (await sale.held()).subscription.next_charge == charge_at
    sale.shop.clock.advance(charge_at - sale.shop.clock.now())
    await sale.shop.deliver(sale.shop.provider.renew(sale.ref, sale.plan.price))
    assert await sale.standing() == (ACTIVE, AccessStatus.PENDING)
    assert (await sale.held()).subscription.pause_until is None


async def test_days_granted_while_waiting_for_the_charge_give_access(sale: Sale) -> None:
    await _in_unpaid_period(sale, 7)
    await _check_daily(sale, 7)
    await give(sale, 4, key="another gift")
    await _check_daily(sale, 1)
    assert await sale.standing() == (ACTIVE, AccessStatus.PENDING)
    await _check_daily(sale, 4)
    assert await sale.standing() == (PAUSED, AccessStatus.SUSPENDED)
    assert await sale.shop.alarms() == []


async def test_granted_days_that_outlast_an_unpaid_period_end_the_pause(sale: Sale) -> None:
    charge_at = await _in_unpaid_period(sale, 40)
    subscription = (await sale.held()).subscription
    assert (subscription.pause_until, subscription.next_charge) == (None, charge_at)


async def test_cancellation_in_an_unpaid_period_preserves_only_the_granted_days(sale: Sale) -> None:
    await _in_unpaid_period(sale, 7)
    await sale.cancel()
    await _check_daily(sale, 5)
    assert await sale.standing() == (CANCELED, AccessStatus.ACTIVE)
    await _check_daily(sale, 2)
    assert (await sale.held()).subscription.status is SubscriptionStatus.EXPIRED
    assert await sale.shop.alarms() == []


async def test_period_remains_unpaid_after_a_pause_ended_early_by_the_seller(sale: Sale) -> None:
    await give(sale, 7)
    end = (await sale.held()).subscription.current_period_end
    assert end is not None
    sale.shop.clock.advance(end - sale.shop.clock.now())
    charge_at = end + PERIOD
    sale.shop.provider.change(sale.ref, current_period_start=end, current_period_end=charge_at, pause_until=charge_at)
    sale.shop.clock.advance(DAY)
    await sale.pause()
    sale.shop.provider.change(sale.ref, pause_until=None)
    await sale.take_up()
    await _check_daily(sale, 8)
    assert await sale.standing() == (PAUSED, AccessStatus.SUSPENDED)
    assert await sale.shop.alarms() == []


async def test_subscription_ended_early_by_the_provider_is_checked_at_its_period_end(sale: Sale):
    await sale.pause()
    await give(sale, 7)
    subscription = (await sale.held()).subscription
    end = subscription.current_period_end
    assert end is not None
    await sale.end()
    assert await sale.standing() == (CANCELED, AccessStatus.SUSPENDED)
    waiting = [job for job in await sale.shop.jobs("core.check_subscription") if job["subscription_id"]]
    assert len(waiting) == 1
    sale.shop.clock.advance(end - sale.shop.clock.now())
    sale.shop.provider.errors += [GatewayUnavailable("acme", "no answer")]
    await sale.shop.check(subscription.id)
    assert len(await sale.shop.jobs("core.check_subscription")) == 2
    await sale.shop.check(subscription.id)
    assert await sale.standing() == (CANCELED, AccessStatus.PENDING)
    assert len(await sale.shop.notified("resumed")) == 1


async def test_cancellation_of_a_paused_subscription_in_the_chat_starts_the_granted_days(sale: Sale):
    await sale.pause()
    await give(sale, 7)
    sale.shop.clock.advance(21 * DAY)
    # PayPal can't cancel a suspended subscription for a later day.
    sale.shop.provider.change(sale.ref, status=ProviderStatus.ENDED)
    await sale.shop.cancel(sale.ana.telegram_id)
    assert await sale.standing() == (CANCELED, AccessStatus.PENDING)


async def test_won_dispute_readmits_a_customer_whose_subscription_was_paused_and_ended_meanwhile(sale: Sale):
    await sale.dispute()
    await sale.pause()
    sale.shop.clock.advance(5 * DAY)
    await sale.end()
    sale.shop.clock.advance(25 * DAY)
    await sale.win()
    assert await sale.standing() == (CANCELED, AccessStatus.PENDING)


@pytest.mark.parametrize("outcome", ["won", "lost"])
async def test_one_time_plan_does_not_expire_during_a_dispute(shop: Shop, outcome: str):
    ana, plan = await shop.customer(), await shop.plan(recurring=False, interval=None, duration_days=30)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(shop.provider.pay_once(session))
    held = await shop.holding(ana, plan)
    about = {"payment_key": "dp-1", "about_payment": held.payment.payment_key}
    shop.clock.advance(20 * DAY)
    await shop.deliver(shop.provider.create_event(PaymentEventKind.DISPUTE_OPENED, "money.back", **about))
    shop.clock.advance(60 * DAY)
    assert not (await shop.run_due()).subscriptions
    await shop.check(held.subscription.id)
    assert (await shop.holding(ana, plan)).subscription.status is PAUSED
    assert not await shop.notified("expired")
    await shop.deliver(
        shop.provider.create_event(PaymentEventKind.DISPUTE_CLOSED, "money.back", **about, reason=outcome)
    )
    after = (await shop.holding(ana, plan)).subscription
    assert after.status is (ACTIVE if outcome == "won" else SubscriptionStatus.EXPIRED)
    assert after.access_until == shop.clock.now() + (10 * DAY if outcome == "won" else -60 * DAY)


async def test_dispute_about_a_canceled_subscription_suspends_access(sale: Sale):
    await sale.cancel()
    sale.shop.clock.advance(DAY)
    await sale.dispute()
    assert await sale.standing() == (CANCELED, AccessStatus.SUSPENDED)
    assert len(await sale.shop.notified("dispute_opened")) == 1


async def test_days_of_a_won_dispute_are_restored_after_a_cancellation(sale: Sale):
    end = (await sale.held()).subscription.access_until
    assert end is not None
    await sale.dispute()
    await sale.cancel()
    sale.shop.clock.advance(8 * DAY)
    await sale.win()
    assert await sale.standing() == (CANCELED, AccessStatus.PENDING)
    assert (await sale.held()).subscription.access_until == end + 8 * DAY
    assert len(await sale.shop.notified("dispute_won")) == 1


async def test_disputed_days_are_restored_from_provider_times_even_if_our_clock_is_behind(sale: Sale):
    end = (await sale.held()).subscription.access_until
    assert end is not None
    await sale.dispute()
    about = {"payment_key": "dp-1", "about_payment": sale.payment_key, "reason": "won"}
    won = sale.shop.provider.create_event(PaymentEventKind.DISPUTE_CLOSED, "money.back", **about)
    await sale.shop.deliver(replace(won, occurred_at=won.occurred_at + 3 * DAY))
    assert (await sale.held()).subscription.access_until == end + 3 * DAY


async def test_canceled_subscription_resumed_at_the_provider_readmits_the_customer(sale: Sale):
    await sale.pause()
    await sale.cancel()
    sale.shop.clock.advance(DAY)
    sale.shop.provider.change(sale.ref, status=ProviderStatus.ACTIVE)
    await sale.shop.deliver(sale.shop.provider.updated(sale.ref))
    assert await sale.standing() == (CANCELED, AccessStatus.PENDING)
    assert len(await sale.shop.notified("resumed")) == 1


async def test_pause_received_after_the_cancellation_suspends_access(sale: Sale):
    sale.shop.provider.change(sale.ref, status=ProviderStatus.PAUSED)
    await sale.shop.cancel(sale.ana.telegram_id)
    await sale.shop.deliver(sale.shop.provider.updated(sale.ref))
    assert await sale.standing() == (CANCELED, AccessStatus.SUSPENDED)
    assert len(await sale.shop.notified("paused")) == 1


async def test_undone_cancellation_does_not_end_the_suspension(sale: Sale):
    await sale.dispute()
    await sale.cancel()
    sale.shop.clock.advance(DAY)
    await sale.shop.undo(sale.ana.telegram_id)
    assert await sale.standing() == (PAUSED, AccessStatus.SUSPENDED)
    await sale.win()
    assert await sale.standing() == (ACTIVE, AccessStatus.PENDING)


async def test_pause_found_by_a_check_suspends_access_and_its_end_readmits_the_customer(sale: Sale):
    sale.shop.provider.change(sale.ref, status=ProviderStatus.PAUSED)
    await sale.shop.check((await sale.held()).subscription.id)
    assert await sale.standing() == (PAUSED, AccessStatus.SUSPENDED)
    sale.shop.provider.change(sale.ref, status=ProviderStatus.ACTIVE)
    await sale.shop.check((await sale.held()).subscription.id)
    assert await sale.standing() == (ACTIVE, AccessStatus.PENDING)


@pytest.mark.parametrize("kind", [PaymentEventKind.SUBSCRIPTION_ACTIVATED, PaymentEventKind.PAYMENT_COMPLETED])
async def test_end_of_a_pause_reported_as_activation_readmits_the_customer(sale: Sale, kind: PaymentEventKind):
    await sale.pause()
    assert await sale.standing() == (PAUSED, AccessStatus.SUSPENDED)
    sale.shop.provider.change(sale.ref, status=ProviderStatus.ACTIVE)
    await sale.shop.deliver(replace(sale.shop.provider.updated(sale.ref), kind=kind))
    assert await sale.standing() == (ACTIVE, AccessStatus.PENDING)
    assert len(await sale.shop.notified("resumed")) == 1


async def test_resumed_trial_remains_a_trial_and_readmits_the_customer(shop: Shop):
    ana, plan = await shop.customer(), await shop.plan(trial_days=14)
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.start_trial(session, 14))
    held = await shop.holding(ana, plan)
    assert held.subscription.provider_ref is not None
    trial = Sale(shop, ana, plan, "", held.subscription.provider_ref)
    await trial.pause()
    assert await trial.standing() == (PAUSED, AccessStatus.SUSPENDED)
    shop.provider.change(trial.ref, status=ProviderStatus.TRIALING)
    await shop.deliver(shop.provider.updated(trial.ref))
    assert await trial.standing() == (SubscriptionStatus.TRIALING, AccessStatus.PENDING)
