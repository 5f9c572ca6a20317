"""Handler of payment events, which records payments, subscriptions and access. The event is only a hint; the provider's
current data is authoritative.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from subscriptions.application.alarms import alarm_causes
from subscriptions.application.alarms.alarm_kind import AlarmKind, AlarmLink, ByCheck
from subscriptions.application.payments.apply_event import ApplyEvent
from subscriptions.application.payments.fetch_event_details import FetchEventDetails
from subscriptions.application.payments.load_purchase import LoadPurchase
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.payment_account import PaymentAccount
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.events import AlarmRaised, WebhookStored
from subscriptions.domain.ids import CustomerId, InboxId, TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_facts import (
    ASKED_FOR,
    GIVEN_BY_HAND,
    PLAN_CHANGE,
    PaymentEvent,
    PaymentEventKind,
)
from subscriptions.domain.ports.payment_gateway import GatewayRejected
from subscriptions.domain.ports.repositories.former_accounts import FORMER_ACCOUNTS_KEY
from subscriptions.domain.ports.repositories.inbox import InboxEntry, InboxStatus, Origin
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.payment_decisions import decide, decide_unmatched, is_about_money
from subscriptions.domain.services.payment_outcomes import (
    BoughtForAnother,
    NoChange,
    NoMatch,
    Outcome,
    PartKept,
    PrerequisiteMissing,
    SetAside,
    TimeGiven,
    TimePurchase,
)
from subscriptions.domain.services.purchase import Fact, Purchase

log = structlog.get_logger(__name__)

FALSE_ORIGIN: Final = "delivered, and says that we asked for it"
_APPEARANCES: Final = (TimePurchase, BoughtForAnother, TimeGiven, SetAside, PartKept)
"""Outcomes that record a payment or subscription for which other events may be waiting."""
MAX_WAITS = 8
"""Maximum number of attempts while an event's order or period is missing. After the last attempt, the owners are
alerted.
"""


class EventNotApplied(AlarmKind):
    """Alarm: a payment event cannot be applied.

    subscription: the provider's reference of the subscription
    inbox: id of the stored event; None in alarms of an earlier version
    """

    closes = ByCheck(alarm_causes.event_applied)
    page = AlarmLink.WEBHOOKS
    provider: str
    event: str
    order: str | None = None
    subscription: str | None = None
    telegram_id: int | None = None
    amount: Money | None = None
    reason: str | None = None
    inbox: InboxId | None = None


class PaymentEventStuck(EventNotApplied):
    name = "payment_event_stuck"
    link = AlarmLink.RECONCILE


class UnmatchedPaymentEvent(EventNotApplied):
    name = "unmatched_payment_event"
    link = AlarmLink.REPEAT_WEBHOOK


class UnknownSubscription(EventNotApplied):
    name = "unknown_subscription"
    link = AlarmLink.METHODS


class DoubleSubscription(EventNotApplied):
    """Alarm: a customer pays a provider for a second subscription, which belongs to no recorded order."""

    name = "double_subscription"
    link = AlarmLink.RECONCILE


ALARMS: Final[Mapping[str, type[EventNotApplied]]] = {
    kind.name: kind for kind in (PaymentEventStuck, UnmatchedPaymentEvent, UnknownSubscription, DoubleSubscription)
}


class PaymentWebhookHandler:
    """Job handler that applies one stored payment event once: fetch the provider's data, load the records, decide, and
    store.
    """

    def __init__(
        self,
        units: UnitOfWorkFactory,
        fetch_event_details: FetchEventDetails,
        load_purchase: LoadPurchase,
        apply_event: ApplyEvent,
    ) -> None:
        self._units = units
        self._fetch_event_details = fetch_event_details
        self._load_purchase = load_purchase
        self._apply_event = apply_event

    async def __call__(self, inbox_id: InboxId) -> None:
        """Apply the stored event. Raises RetryLater while the provider is unreachable, or while an object that the
        event refers to is not recorded.
        """
        async with self._units() as uow:
            entry = await uow.inbox.get(inbox_id)
        if entry is None or entry.status is not InboxStatus.PENDING:
            return
        if _is_false(entry):
            await self._refuse(entry.id)
            return
        try:
            fact = await self._fetch_event_details(entry.event)
        except GatewayRejected as refusal:
            await self._raise_alarm(entry, refusal)
            raise
        async with self._units() as uow:
            entry = await uow.inbox.get(inbox_id, lock=True)
            if entry is None or entry.status is not InboxStatus.PENDING:
                return
            payer = await self._settle(uow, entry, fact)
            await uow.inbox.save(entry)
            await uow.commit()
        if entry.status is InboxStatus.PENDING:
            raise RetryLater(f"{fact.event.raw_type}: {entry.note}", delay=timedelta(seconds=2**entry.attempts))
        if payer is not None:
            await self._remember_account(payer, fact)

    async def _settle(self, uow: UnitOfWork, entry: InboxEntry, fact: Fact) -> CustomerId | None:
        """Decide and store the outcome of the event. Return the payer if a payment was counted, otherwise None."""
        purchase = await self._load_purchase(uow, fact)
        if purchase is None:
            no_match = decide_unmatched(fact.event)
            if isinstance(no_match, PrerequisiteMissing) and await _is_double(uow, fact.event):
                no_match = PrerequisiteMissing("a second subscription of somebody who has one", DoubleSubscription.name)
            self._note(uow, entry, no_match, fact.now)
            return None
        fact = _after_trial(purchase, await _of_the_account_now(uow, purchase.customer, fact))
        outcome = decide(purchase, fact)
        await self._apply_event(uow, purchase, fact, outcome)
        self._note(uow, entry, outcome, fact.now)
        if isinstance(outcome, _APPEARANCES):
            event = fact.event
            names = (event.payment_key, event.subscription_ref, event.checkout_ref, str(purchase.order.id))
            await reopen_waiting(uow, event.provider, [name for name in names if name is not None])
        return purchase.customer.id if isinstance(outcome, TimePurchase) else None

    def _note(self, uow: UnitOfWork, entry: InboxEntry, outcome: Outcome | NoMatch, now: datetime) -> None:
        if isinstance(outcome, PrerequisiteMissing):
            self._wait(uow, entry, outcome, now)
        elif isinstance(outcome, NoChange):
            _close(entry, InboxStatus.IGNORED, outcome.note, now)
            log.warning("payment event for somebody unknown", provider=entry.event.provider, type=entry.event.raw_type)
        else:
            _close(entry, InboxStatus.APPLIED, outcome.note, now)

    def _wait(self, uow: UnitOfWork, entry: InboxEntry, news: PrerequisiteMissing, now: datetime) -> None:
        """Keep the event for another attempt, because its order or period is missing. After `MAX_WAITS` attempts,
        quarantine the event and alert the owners.
        """
        entry.attempts, entry.note = entry.attempts + 1, news.requirement
        if entry.attempts > MAX_WAITS:
            _close(entry, InboxStatus.PARKED, news.requirement, now)
            # The other alarms name the missing fact in their own text.
            reason = news.requirement if news.alarm == PaymentEventStuck.name else None
            uow.record(event_alarm(entry, news.alarm, reason))
            event = entry.event
            log.error("payment event parked", provider=event.provider, type=event.raw_type, reason=news.requirement)

    async def _refuse(self, inbox_id: InboxId) -> None:
        """Quarantine an event with a forged origin: it claims to be the response to a request or a decision of staff,
        which never arrive by webhook. Its sender must be able to write into the inbox.
        """
        async with self._units() as uow:
            entry = await uow.inbox.get(inbox_id, lock=True)
            if entry is not None and entry.status is InboxStatus.PENDING:
                _close(entry, InboxStatus.PARKED, FALSE_ORIGIN, entry.received_at)
                await uow.inbox.save(entry)
                uow.record(event_alarm(entry, PaymentEventStuck.name, FALSE_ORIGIN))
                await uow.commit()

    async def _raise_alarm(self, entry: InboxEntry, refusal: Permanent) -> None:
        """Alert the owners that the provider rejected a request about the event. The event stays pending and its job is
        kept.
        """
        async with self._units() as uow:
            uow.record(event_alarm(entry, PaymentEventStuck.name, str(refusal)))
            await uow.commit()

    async def _remember_account(self, customer_id: CustomerId, fact: Fact) -> None:
        """Store the provider's id of the customer for the next checkout. A separate transaction is used because no
        payment depends on this id.
        """
        event, snapshot = fact.event, fact.snapshot
        ref = event.customer_ref or (snapshot.customer_ref if snapshot else None)
        if ref is None:
            return
        account = PaymentAccount(
            customer_id=customer_id, provider=event.provider, external_customer_id=ref, created_at=fact.now
        )
        try:
            async with self._units() as uow:
                payment_account = await uow.customers.account_at(customer_id, event.provider)
                if payment_account is None or payment_account.external_customer_id != ref:
                    await uow.customers.save_account(account)
                    await uow.commit()
        except RetryLater as refusal:
            log.warning("payment account not kept", customer=str(customer_id), reason=str(refusal))


async def _is_double(uow: UnitOfWork, event: PaymentEvent) -> bool:
    """Return True if an event without a recorded order is about a second subscription of a customer at the same
    provider.
    """
    if event.telegram_id is None or event.subscription_ref is None:
        return False
    customer = await uow.customers.by_telegram_id(TelegramId(event.telegram_id))
    subscriptions = await uow.subscriptions.of_customer(customer.id) if customer is not None else []
    refs = {each.provider_ref for each in subscriptions if each.live and each.provider == event.provider}
    return bool(refs - {None, event.subscription_ref})


async def reopen_waiting(uow: UnitOfWork, provider: str, refs: Collection[str]) -> None:
    """Apply again the events that arrived before the object that they are about, for example a refund before its
    payment.

    `refs`: references that are now recorded: of payments, subscriptions, checkouts and orders
    """
    for inbox_id in await uow.inbox.reopen(provider, refs, FALSE_ORIGIN):
        uow.record(WebhookStored(inbox_id))
        log.info("payment event applied again", inbox=str(inbox_id))


def event_alarm(entry: InboxEntry, kind: str, reason: str | None) -> AlarmRaised:
    """Return an alarm about an event that cannot be applied. `kind`: name of the alarm in `ALARMS`. `reason`: None to
    omit it.
    """
    event = entry.event
    alarm = ALARMS[kind](
        provider=event.provider,
        event=event.event_key,
        order=event.order_id or None,
        subscription=event.subscription_ref or None,
        telegram_id=event.telegram_id,
        amount=event.amount,
        reason=reason or None,
        inbox=entry.id,
    )
    return alarm.raise_event(f"inbox:{entry.id}", entry.received_at)


def _is_false(entry: InboxEntry) -> bool:
    """Return True if the origin that an event claims contradicts its inbox entry. An event that staff recorded must be
    a refund.
    """
    key = entry.event.event_key
    if key.startswith(GIVEN_BY_HAND):
        return entry.origin is Origin.TOLD or entry.event.kind is not PaymentEventKind.REFUND
    return entry.origin is Origin.TOLD and key.startswith(ASKED_FOR)


def _close(entry: InboxEntry, status: InboxStatus, note: str, now: datetime) -> None:
    entry.status, entry.note, entry.handled_at = status, note, now


def _after_trial(purchase: Purchase, fact: Fact) -> Fact:
    """Return the fact with the first charge after a trial as a renewal. Some providers report it as a first payment,
    but the customer has had access since the trial began.
    """
    event = fact.event
    is_charge = is_about_money(event) and event.reason != PLAN_CHANGE
    if not is_charge or purchase.subscription is None or purchase.order.trial_days == 0:
        return fact
    return replace(fact, event=replace(event, is_renewal=True))


async def _of_the_account_now(uow: UnitOfWork, customer: Customer, fact: Fact) -> Fact:
    """Return the fact with the customer's current Telegram account instead of an earlier one.

    After an account transfer, the provider continues to report the account with which the customer began.
    """
    telegram_ids = {fact.event.telegram_id, fact.snapshot.telegram_id if fact.snapshot is not None else None}
    if telegram_ids <= {None, customer.telegram_id}:
        return fact
    former = {int(each) for each in await uow.of(FORMER_ACCOUNTS_KEY).accounts_of(customer.id)}
    event, snapshot = fact.event, fact.snapshot
    if event.telegram_id in former:
        event = replace(event, telegram_id=customer.telegram_id)
    if snapshot is not None and snapshot.telegram_id in former:
        snapshot = replace(snapshot, telegram_id=customer.telegram_id)
    return replace(fact, event=event, snapshot=snapshot)
