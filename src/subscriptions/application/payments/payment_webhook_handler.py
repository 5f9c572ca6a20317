"""Payment event → money, subscription and access. The event is a hint; the provider's present state is the truth."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from subscriptions.application.payments.apply_event import ApplyEvent
from subscriptions.application.payments.purchase import REVERSALS, Fact, Untold, find_purchase
from subscriptions.application.payments.record_payment import COUNTED
from subscriptions.domain.entities.payment_account import PaymentAccount
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import CustomerId, InboxId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_facts import INQUIRY
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    CompletesEvents,
    FetchesCheckouts,
    FetchesDisputes,
    GatewayRegistry,
    GatewayRejected,
    PaymentEvent,
    PaymentEventKind,
    PaymentGateway,
    RefundsPayments,
    SubscriptionSnapshot,
)
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services import payment_policy

log = structlog.get_logger(__name__)

MAX_WAITS = 8
"""How often an event waits for the order it speaks of, or the period it paid, before a person is asked."""


class PaymentWebhookHandler:
    """Applies one inbox entry, once."""

    def __init__(self, units: UnitOfWorkFactory, gateways: GatewayRegistry, clock: Clock, applying: ApplyEvent) -> None:
        self._units = units
        self._gateways = gateways
        self._clock = clock
        self._apply = applying

    async def __call__(self, inbox_id: InboxId) -> None:
        """Raises RetryLater while the provider cannot be reached or what the event needs is not there yet."""
        async with self._units() as uow:
            entry = await uow.inbox.get(inbox_id)
        if entry is None or entry.status is not InboxStatus.PENDING:
            return
        try:
            fact = await self._ask_provider(entry.event)
        except GatewayRejected as refusal:
            await self._stuck(entry, refusal)
            raise
        async with self._units() as uow:
            entry = await uow.inbox.get(inbox_id, lock=True)
            if entry is None or entry.status is not InboxStatus.PENDING:
                return
            payer = await self._settle(uow, entry, fact)
            await uow.inbox.save(entry)
            await uow.commit()
        if entry.status is InboxStatus.PENDING:
            raise RetryLater(f"{fact.event.raw_type}: {entry.note}", after=timedelta(seconds=2**entry.attempts))
        if payer is not None:
            await self._remember_account(payer, fact)

    async def _ask_provider(self, event: PaymentEvent) -> Fact:
        gateway = self._gateways.get(event.provider)
        if gateway is None:
            raise RetryLater(f"provider {event.provider} is not configured in this process")
        if isinstance(gateway, CompletesEvents):
            event = await gateway.complete_event(event)
        event = await _as_it_is(gateway, event)
        if event.kind in REVERSALS and event.subscription_ref is None:
            event = replace(event, subscription_ref=await self._paid_for(event))
        snapshot = await gateway.fetch_subscription(event.subscription_ref) if event.subscription_ref else None
        return Fact(
            event=await _with_period(gateway, event, snapshot),
            snapshot=snapshot,
            # Our own clock may be a moment behind the provider's: nothing is applied before it happened.
            now=max(self._clock.now(), event.occurred_at),
            returns=isinstance(gateway, RefundsPayments),
            asked_first=Capability.IN_CHAT in gateway.capabilities,
            unknown=bool(event.subscription_ref) and snapshot is None and Capability.FETCH in gateway.capabilities,
        )

    async def _paid_for(self, event: PaymentEvent) -> str | None:
        """The subscription that the money of a refund or dispute was for, at the same provider."""
        async with self._units() as uow:
            payment = await uow.payments.by_key(event.provider, event.about_payment) if event.about_payment else None
            known = payment.subscription_id if payment is not None else None
            subscription = await uow.subscriptions.get(known) if known is not None else None
        same = subscription is not None and subscription.provider == event.provider
        return subscription.provider_ref if subscription is not None and same else None

    async def _settle(self, uow: UnitOfWork, entry: InboxEntry, fact: Fact) -> CustomerId | None:
        """Apply the fact and write down what came of it; who paid, where a payment was counted."""
        purchase = await find_purchase(uow, fact.event)
        if purchase is None:
            self._without_purchase(uow, entry, fact)
            return None
        try:
            note = await self._apply(uow, purchase, fact)
        except Untold as missing:
            kind = "unknown_subscription" if fact.unknown else "payment_event_stuck"
            self._wait(uow, entry, kind, str(missing), fact.now)
            return None
        _close(entry, InboxStatus.APPLIED, note, fact.now)
        return purchase.customer.id if note == COUNTED else None

    def _without_purchase(self, uow: UnitOfWork, entry: InboxEntry, fact: Fact) -> None:
        event = fact.event
        if event.order_id is None and event.telegram_id is None:
            _close(entry, InboxStatus.IGNORED, "speaks of nobody we know", fact.now)
            log.warning("payment event for somebody unknown", provider=event.provider, type=event.raw_type)
            return
        self._wait(uow, entry, "unmatched_payment_event", f"order {event.order_id} does not exist", fact.now)

    def _wait(self, uow: UnitOfWork, entry: InboxEntry, kind: str, missing: str, now: datetime) -> None:
        """Leave the entry for a later try; after too many of them a person has to look."""
        entry.attempts, entry.note = entry.attempts + 1, missing
        if entry.attempts > MAX_WAITS:
            _close(entry, InboxStatus.PARKED, missing, now)
            uow.record(_alarm(entry, kind, missing))
            log.error("payment event parked", provider=entry.event.provider, type=entry.event.raw_type, reason=missing)

    async def _stuck(self, entry: InboxEntry, refusal: Permanent) -> None:
        """The event stays to be applied; the job is kept, and somebody has to know."""
        async with self._units() as uow:
            uow.record(_alarm(entry, "payment_event_stuck", str(refusal)))
            await uow.commit()

    async def _remember_account(self, customer_id: CustomerId, fact: Fact) -> None:
        """Keep how the provider calls the customer, for their next checkout. Apart, for no payment depends on it."""
        event, snapshot = fact.event, fact.snapshot
        ref = event.customer_ref or (snapshot.customer_ref if snapshot else None)
        if ref is None:
            return
        account = PaymentAccount(
            customer_id=customer_id, provider=event.provider, external_customer_id=ref, created_at=fact.now
        )
        try:
            async with self._units() as uow:
                known = await uow.customers.account_at(customer_id, event.provider)
                if known is None or known.external_customer_id != ref:
                    await uow.customers.save_account(account)
                    await uow.commit()
        except RetryLater as refusal:
            log.warning("payment account not kept", customer=str(customer_id), reason=str(refusal))


async def _as_it_is(gateway: PaymentGateway, event: PaymentEvent) -> PaymentEvent:
    """A dispute that is told of late may be another by now: nobody is put out for what is over."""
    if event.kind is not PaymentEventKind.DISPUTE_OPENED or event.payment_key is None:
        return event
    present = await gateway.fetch_dispute(event.payment_key) if isinstance(gateway, FetchesDisputes) else None
    if present is not None and present.kind is PaymentEventKind.DISPUTE_CLOSED:
        return replace(event, kind=present.kind, reason=present.reason, final=True, occurred_at=present.occurred_at)
    if present is not None and event.reason == INQUIRY:
        return replace(event, reason=present.reason)
    return event


async def _with_period(
    gateway: PaymentGateway, event: PaymentEvent, snapshot: SubscriptionSnapshot | None
) -> PaymentEvent:
    """A payment whose period neither the event nor the present state tells: its checkout knows."""
    open_question = event.kind is PaymentEventKind.PAYMENT_COMPLETED and event.subscription_ref is not None
    if not open_question or event.checkout_ref is None or payment_policy.period_of(event, snapshot) is not None:
        return event
    state = await gateway.fetch_checkout(event.checkout_ref) if isinstance(gateway, FetchesCheckouts) else None
    paid = state.event if state is not None else None
    if paid is None or paid.payment_key != event.payment_key:
        return event
    return replace(event, period_start=paid.period_start, period_end=paid.period_end)


def _alarm(entry: InboxEntry, kind: str, reason: str) -> AlarmRaised:
    event = entry.event
    facts = {"provider": event.provider, "event": event.event_key, "order": event.order_id or "-", "reason": reason}
    return AlarmRaised(f"inbox:{entry.id}", kind, tuple(facts.items()))


def _close(entry: InboxEntry, status: InboxStatus, note: str, now: datetime) -> None:
    entry.status, entry.note, entry.handled_at = status, note, now
