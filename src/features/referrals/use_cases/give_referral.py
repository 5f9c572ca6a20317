"""Days for a referrer and the referred customer. They are granted with the customer's first payment, and revoked with
its refund.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import structlog

from features.referrals.domain import ReferralDays, ReferralGiven
from features.referrals.use_cases.show_referrals import running_of
from subscriptions.application.access.begin_waiting_time import BeginWaitingTime
from subscriptions.application.access.brought_days import days_left
from subscriptions.application.access.give_time import GiveTime, TimeGrant, TimeTarget
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.domain.entities import ledger
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.payment import Payment, PaymentStatus
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import access_policy
from subscriptions.domain.services.staff_policy import StaffAction

log = structlog.get_logger(__name__)

NOTE: Final = ledger.BROUGHT_SOURCE
_ACTOR: Final = "system"
_LOOKED_AT: Final = 50


class GiveReferral:
    """Use case: grant days to the referrer and the referred customer, and revoke unused days after a refund."""

    def __init__(self, units: UnitOfWorkFactory, grant_access: GrantAccess, clock: Clock, days: ReferralDays) -> None:
        self._units = units
        self._grant_access = grant_access
        self._give_time = GiveTime(grant_access)
        self._clock = clock
        self._days = days

    async def __call__(self, payment_id: PaymentId, *, is_reversal: bool, reason: str = "") -> None:
        """Grant the free days that a payment earns, or revoke them. Idempotent.

        is_reversal: True if the payment was refunded, so that the days are revoked
        reason: end reason of the subscription if it has no paid time left without the days; empty if the subscription
            continues
        """
        now = self._clock.now()
        async with self._units() as uow:
            payment = await uow.payments.get(payment_id)
            customer = await uow.customers.get(payment.customer_id) if payment is not None else None
            if payment is None or customer is None:
                return
            longer = await _longer_by(uow, payment) if is_reversal else ()
            people = {customer.id, *(each.customer_id for each in longer)}
            if customer.referrer_id is not None:
                people.add(customer.referrer_id)
            # All customers are locked before their subscriptions, in an order that does not depend on the referrals.
            customers = {each: await uow.customers.get(each, lock=True) for each in sorted(people)}
            newcomer = customers[customer.id]
            if newcomer is None:
                return
            if is_reversal:
                await self._take_back(uow, newcomer, payment, reason, now)
            elif newcomer.referrer_id is not None and await self._is_first(uow, newcomer, payment):
                await self._give(uow, newcomer, payment, now)
            await uow.commit()

    async def _is_first(self, uow: UnitOfWork, newcomer: Customer, payment: Payment) -> bool:
        """Return True if no days were granted for the customer yet, and this is the customer's first payment that was
        not refunded.
        """
        if not self._days() or newcomer.brought_payment_id is not None or newcomer.barred_at is not None:
            return False
        paid_payments = await uow.payments.of_customer(newcomer.id, _LOOKED_AT)
        payments = [each for each in paid_payments if each.status is PaymentStatus.CAPTURED and each.flag is None]
        # Two payments may be recorded before this check runs for either of them.
        first = min(payments, key=lambda each: (each.occurred_at, each.id), default=None)
        return first is not None and (first.id == payment.id or _are_paid_together(first, payment))

    async def _give(self, uow: UnitOfWork, newcomer: Customer, payment: Payment, now: datetime) -> None:
        newcomer.brought_payment_id, days = payment.id, self._days()
        await uow.customers.save(newcomer)
        for customer in await self._both(uow, newcomer):
            subscription = await _longest(uow, customer)
            plan = await uow.plans.get(subscription.plan_id) if subscription is not None else None
            if subscription is None or plan is None:
                continue
            key = _key(payment.id)
            time_grant = _time(key, days, subscription)
            await self._give_time.add(
                uow, TimeTarget(subscription=subscription, is_extension=True), customer, plan, time_grant, now
            )
            uow.record(ReferralGiven(subscription.id, customer.id, f"{key}:{customer.id}"))
            await self._note(uow, customer, plan.soft_id, days.days, now)

    async def _take_back(
        self, uow: UnitOfWork, newcomer: Customer, payment: Payment, reason: str, now: datetime
    ) -> None:
        """Revoke the unused days on each subscription that the referral extended. Either customer may have been erased
        in the meantime.

        The customer's next payment grants days again only if none of these days was used; otherwise each refunded
        payment would give the referrer free days.
        """
        longer = await _longer_by(uow, payment)
        went_back_at = await _went_back_at(uow, payment, now)
        if newcomer.brought_payment_id == payment.id and not await _has_run(uow, longer, payment, went_back_at):
            newcomer.brought_payment_id = None
            await uow.customers.save(newcomer)
        for subscription in longer:
            customer = await uow.customers.get(subscription.customer_id)
            is_purchase = subscription.id == payment.subscription_id
            if customer is not None:
                await self._shorten(uow, customer, subscription, payment, reason if is_purchase else "", now)

    async def _shorten(
        self,
        uow: UnitOfWork,
        customer: Customer,
        known_subscription: Subscription,
        payment: Payment,
        reason: str,
        now: datetime,
    ) -> None:
        """Revoke the unused days of a subscription. Used days and paid time are kept."""
        is_longer = await days_left(uow, known_subscription, payment, now)
        subscription = await uow.subscriptions.get(known_subscription.id, lock=True) if is_longer else None
        plan = await uow.plans.get(known_subscription.plan_id)
        if subscription is None or plan is None or not subscription.live:
            return
        duration = await days_left(uow, subscription, payment, now)
        time_grant = _time(f"{_key(payment.id)}{ledger.REVERSAL_SUFFIX}", -duration, subscription)
        await self._give_time.count(uow, subscription, time_grant, now)
        if reason and await _is_over(uow, subscription, now):
            await self._grant_access.end(
                uow, subscription, customer, plan, now, reason=reason, cause=time_grant.source_key, note=NOTE
            )
            await BeginWaitingTime(self._grant_access)(uow, subscription, now)
        else:
            await self._grant_access.bridge(uow, subscription, time_grant.source_key, now)
            await self._grant_access.settle(uow, subscription, customer, plan, now)
        await self._note(uow, customer, plan.soft_id, -duration.days, now)

    async def _both(self, uow: UnitOfWork, newcomer: Customer) -> list[Customer]:
        """Return the referred customer and the referrer, omitting erased customers."""
        who = await uow.customers.get(newcomer.referrer_id) if newcomer.referrer_id is not None else None
        return [each for each in (newcomer, who) if each is not None and not each.is_forgotten]

    async def _note(self, uow: UnitOfWork, customer: Customer, plan: str, days: int, now: datetime) -> None:
        facts, subject = {"plan": plan, "days": str(days)}, str(customer.id)
        await uow.audit.record(
            actor=_ACTOR, action=StaffAction.EXTEND_ACCESS, subject=subject, reason=NOTE, at=now, facts=facts
        )
        log.info("days for a referral", customer=subject, days=days)


def _are_paid_together(first: Payment, payment: Payment) -> bool:
    """Return True if both are partial payments of one order, which counts as a purchase once the last of them is
    recorded.
    """
    return first.part and payment.part and first.order_id == payment.order_id


async def _is_over(uow: UnitOfWork, subscription: Subscription, now: datetime) -> bool:
    entries = access_policy.with_rest(subscription, await uow.ledger.of_subscription(subscription.id), now)
    end = ledger.access_until(entries)
    return end is None or end <= now


async def _went_back_at(uow: UnitOfWork, payment: Payment, now: datetime) -> datetime:
    """Return the time of the payment's refund or lost dispute, or `now` if no such time is recorded."""
    refunds = [each.occurred_at for each in await uow.reversals.refunds_of(payment.id)]
    disputes = await uow.reversals.disputes_of([payment.id])
    lost = [each.closed_at for each in disputes if each.is_lost and each.closed_at is not None]
    return min(max([*refunds, *lost], default=now), now)


async def _has_run(uow: UnitOfWork, subscriptions: Iterable[Subscription], payment: Payment, at: datetime) -> bool:
    """Return True if any of the days granted for the payment were used by the time `at`."""
    key = _key(payment.id)
    for subscription in subscriptions:
        entries = await uow.ledger.of_subscription(subscription.id)
        given = sum((each.length for each in entries if each.source_key == key), timedelta())
        if await days_left(uow, subscription, payment, at) < given:
            return True
    return False


async def _longer_by(uow: UnitOfWork, payment: Payment) -> list[Subscription]:
    """Return the subscriptions to which days were granted for a payment."""
    found = [await uow.subscriptions.get(each) for each in await uow.ledger.granted_to(_key(payment.id))]
    return [each for each in found if each is not None]


def _key(payment_id: PaymentId) -> str:
    return ledger.brought_source(payment_id)


def _time(key: str, length: timedelta, subscription: Subscription) -> TimeGrant:
    return TimeGrant(kind=LedgerKind.ADMIN_GRANT, source_key=key, length=length, price=subscription.price, note=NOTE)


async def _longest(uow: UnitOfWork, customer: Customer) -> Subscription | None:
    """Lock and return the customer's active subscription with the latest end, ignoring lifetime plans; None if there is
    none.
    """
    subscriptions = running_of(await uow.subscriptions.of_customer(customer.id))
    usable = [each for each in subscriptions if not each.for_life]
    subscription = max(usable, key=lambda each: each.access_until or each.created_at, default=None)
    return await uow.subscriptions.get(subscription.id, lock=True) if subscription is not None else None
