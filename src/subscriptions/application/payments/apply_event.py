"""Storage of the effects of a payment event, once they have been decided. Only this module handles every kind of
outcome.
"""

from dataclasses import replace
from typing import assert_never

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.payments import part_payments
from subscriptions.application.payments.disputes import Disputes
from subscriptions.application.payments.issue_receipts import IssueReceipts
from subscriptions.application.payments.record_payment import RecordPayment
from subscriptions.application.payments.refunds import Refunds
from subscriptions.application.subscriptions.sync_from_provider import outlast, state_of, sync_subscription
from subscriptions.domain.entities.order import Order
from subscriptions.domain.entities.subscription import Subscription
from subscriptions.domain.events import CheckoutFailed, PageOpenedLate, PagesExpired
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services import payment_decisions, provider_sync
from subscriptions.domain.services import payment_outcomes as outcomes
from subscriptions.domain.services.purchase import Fact, Purchase


class ApplyEvent:
    """Use case that stores the outcome of a payment event for the purchase for which it was decided, which is still
    locked. The caller commits.
    """

    def __init__(self, grant_access: GrantAccess, issue_receipts: IssueReceipts) -> None:
        self._grant_access = grant_access
        self._record_payment = RecordPayment(grant_access)
        self._refunds = Refunds(grant_access)
        self._disputes = Disputes(grant_access)
        self._issue_receipts = issue_receipts

    async def __call__(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: outcomes.Outcome) -> None:
        """Apply and store the outcome. Raises RetryLater if another transaction is working on the same payment."""
        if isinstance(outcome, outcomes.PrerequisiteMissing):
            return
        is_unwanted = isinstance(outcome, outcomes.NothingGiven) and outcome.is_unwanted
        await _remember_checkout(uow, purchase, fact, is_unwanted=is_unwanted)
        await self._write(uow, purchase, fact, outcome)
        subscription = purchase.subscription
        if subscription is not None and purchase.is_moved:
            await self._grant_access.settle(uow, subscription, purchase.customer, purchase.plan, fact.now)
        await self._issue_receipts(uow, purchase, fact, outcome)

    async def _write(self, uow: UnitOfWork, purchase: Purchase, fact: Fact, outcome: outcomes.Outcome) -> None:
        match outcome:
            case outcomes.TimePurchase() | outcomes.BoughtForAnother():
                await self._record_payment(uow, purchase, fact, outcome)
            case outcomes.SetAside():
                await self._record_payment.set_aside(uow, purchase, fact, outcome)
            case outcomes.TimeGiven():
                await self._record_payment.give(uow, purchase, fact, outcome)
            case outcomes.PartKept():
                await part_payments.keep(uow, purchase, purchase.payment(fact), outcome.home)
            case outcomes.PartReturned():
                await part_payments.give_up(uow, purchase.payment(fact))
            case outcomes.SubscriptionUpdate():
                await self._follow(uow, purchase, fact, outcome.subscription, outcome.short)
            case outcomes.CountedBefore() | outcomes.NothingGiven():
                await self._follow(uow, purchase, fact, outcome.subscription)
            case outcomes.CheckoutClosed():
                await _close_checkout(uow, purchase.order, outcome)
            case outcomes.RefundOutcome() | outcomes.RefundFailed():
                await self._refunds(uow, purchase, fact, outcome)
            case outcomes.DisputeOutcome() | outcomes.DisputeSettled() | outcomes.FraudWarned():
                await self._disputes(uow, purchase, fact, outcome)
            case (
                outcomes.PrerequisiteMissing()
                | outcomes.NothingToSync()
                | outcomes.DisputeOver()
                | outcomes.RefundedBefore()
            ):
                return
            case _:
                assert_never(outcome)

    async def _follow(
        self,
        uow: UnitOfWork,
        purchase: Purchase,
        fact: Fact,
        subscription: Subscription | None,
        short: outcomes.SetAside | None = None,
    ) -> None:
        if subscription is None:
            return
        if short is not None:
            renewal = replace(fact, event=replace(fact.event, is_renewal=True))
            await self._record_payment.set_aside(uow, purchase, renewal, short)
        state_before = state_of(subscription)
        if fact.snapshot is not None:
            await sync_subscription(uow, self._grant_access, subscription, fact.snapshot, fact.now, fact.event)
            await outlast(uow, subscription, fact.snapshot, fact.now)
        else:
            provider_sync.sync_from_event(subscription, fact.event, fact.now)
        await uow.subscriptions.save(subscription)
        if subscription.is_paused or state_before != state_of(subscription):
            await self._grant_access.settle(uow, subscription, purchase.customer, purchase.plan, fact.now)


async def _remember_checkout(uow: UnitOfWork, purchase: Purchase, fact: Fact, *, is_unwanted: bool) -> None:
    """Link the provider subscription that began at the paid checkout to its checkout attempt, so that later charges
    count for this order only.

    The subscription is linked even if the payment is under review. A checkout that was paid only in part is closed.
    `is_unwanted`: True if the subscription must be ended.
    """
    event, attempt = fact.event, purchase.named_attempt(fact.event)
    if attempt is None:
        return
    is_part = payment_decisions.is_part(purchase, event)
    counts = is_unwanted or payment_decisions.is_about_money(event)
    begins = counts and event.subscription_ref and attempt.subscription_ref is None
    if is_part:
        attempt.close()
    if begins:
        attempt.subscription_ref = event.subscription_ref
    if is_part or begins:
        await uow.orders.save_attempt(attempt)
    if begins and is_unwanted:
        uow.record(PageOpenedLate(purchase.order.id))


async def _close_checkout(uow: UnitOfWork, order: Order, outcome: outcomes.CheckoutClosed) -> None:
    for attempt in outcome.attempts:
        attempt.close()
        await uow.orders.save_attempt(attempt)
    if outcome.expires:
        order.expire()
        await uow.orders.save(order)
    elif outcome.attempts:
        uow.record(PagesExpired(order.id))
    if outcome.failed_attempt is not None:
        uow.record(CheckoutFailed(order.id, order.customer_id, outcome.failed_attempt))
