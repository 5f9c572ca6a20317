"""Recurring payments, of which the provider tells no more than their state and when they were last paid.

No delivery tells of a customer who cancels, and what the delivery about a charge looks like is written nowhere. So each
one only leads to the recurring payment itself, and a charge is named after the moment it was made.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import (
    CheckoutState,
    PaymentEvent,
    PaymentEventKind,
    ProviderStatus,
    SubscriptionSnapshot,
)
from subscriptions.infrastructure.payments.cryptomus.amounts import asked
from subscriptions.infrastructure.payments.cryptomus.errors import PROVIDER, unreadable
from subscriptions.infrastructure.payments.cryptomus.facts import evidence, ignored
from subscriptions.infrastructure.payments.cryptomus.periods import end_of
from subscriptions.infrastructure.payments.cryptomus.reader import Node
from subscriptions.infrastructure.payments.cryptomus.references import RECURRENCE, References, references, utc
from subscriptions.infrastructure.payments.cryptomus.wire import Wire

INFO: Final = "/v1/recurrence/info"
CANCEL: Final = "/v1/recurrence/cancel"

CHARGED_WITHIN: Final = timedelta(hours=3)
"""A charge that is later than this did not go through: there is no state that says so."""

ENDED: Final = frozenset(["cancel_by_merchant", "cancel_by_user"])
WAITING: Final = "wait_accept"
ACTIVE: Final = "active"


@dataclass(frozen=True)
class Recurrence:
    """A recurring payment as the provider has it. paid_at, paid_until: of the last charge, None before the first."""

    uuid: str
    order_id: str | None
    status: str
    paid_at: datetime | None
    paid_until: datetime | None
    whose: References | None
    source: Node


def read_recurrence(source: Node) -> Recurrence:
    """Raises GatewayUnavailable for what is none."""
    uuid, status = source.text("uuid"), source.text("status")
    if uuid is None or status is None:
        raise unreadable("recurring payment")
    paid_at = source.moment("last_pay_off")
    return Recurrence(
        uuid=uuid,
        order_id=source.text("order_id"),
        status=status,
        paid_at=paid_at,
        paid_until=end_of(source.text("period"), paid_at) if paid_at is not None else None,
        whose=references(source),
        source=source,
    )


async def find_recurrence(wire: Wire, **name: str) -> Recurrence | None:
    """By `uuid` or `order_id`; None where there is none."""
    found = await wire.find(INFO, dict(name))
    return read_recurrence(found) if found is not None else None


async def fetch_subscription(wire: Wire, clock: Clock, uuid: str) -> SubscriptionSnapshot | None:
    """The present state, in our words."""
    found = await find_recurrence(wire, uuid=uuid)
    return snapshot(found, clock.now()) if found is not None else None


def snapshot(found: Recurrence, now: datetime) -> SubscriptionSnapshot:
    """A canceled one goes on to the end of what was paid: nothing gives that back."""
    status = _status(found, now)
    stopped = found.status in ENDED and status is ProviderStatus.ACTIVE
    return SubscriptionSnapshot(
        ref=found.uuid,
        status=status,
        raw_status=found.status,
        current_period_start=found.paid_at,
        current_period_end=found.paid_until,
        cancel_at_period_end=stopped,
        cancel_at=found.paid_until if stopped else None,
        price=asked(found.source),
        order_id=found.whose.order_id if found.whose else None,
        telegram_id=found.whose.telegram_id if found.whose else None,
        fetched_at=now,
    )


async def cancel(wire: Wire, uuid: str) -> bool:
    """True: no further charge, now or since before. False: there is no such recurring payment."""
    found = await find_recurrence(wire, uuid=uuid)
    if found is None:
        return False
    if found.status in ENDED:
        return True
    return await wire.find(CANCEL, {"uuid": uuid}) is not None


async def fetch_checkout(wire: Wire, ref: str) -> CheckoutState | None:
    """What became of the page on which the customer accepts it and pays for the first time."""
    order_id = ref.removeprefix(RECURRENCE)
    found = await find_recurrence(wire, order_id=order_id)
    if found is None:
        return None
    event = charge(found, ref, f"fetched:{found.uuid}")
    return CheckoutState(paid=event is not None, expired=event is None and found.status in ENDED, event=event)


async def fetch_payments(wire: Wire, uuid: str, since: datetime) -> list[PaymentEvent]:
    """The last charge, where it was made at `since` or later: of the others the provider tells nothing."""
    found = await find_recurrence(wire, uuid=uuid)
    if found is None or found.paid_at is None or found.paid_at < since:
        return []
    event = charge(found, f"{RECURRENCE}{found.order_id}" if found.order_id else None, "")
    return [replace(event, event_key=f"poll:{event.payment_key}")] if event is not None else []


async def confirm(wire: Wire, event: PaymentEvent) -> PaymentEvent:
    """A delivery about a charge, as the recurring payment has it by now."""
    ref = event.checkout_ref or ""
    found = await find_recurrence(wire, order_id=ref.removeprefix(RECURRENCE))
    if found is None:
        return ignored(event, "the provider knows no such recurring payment")
    if event.kind is PaymentEventKind.REFUND:
        # The charge's own name leads to none of our payments: a person has to look.
        return replace(event, subscription_ref=found.uuid)
    if event.kind is PaymentEventKind.PAYMENT_FAILED:
        return replace(event, subscription_ref=found.uuid, payment_key=None, amount=None)
    paid = charge(found, ref, event.event_key)
    if paid is None:
        return ignored(event, f"the recurring payment was not paid; it is {found.status}")
    return replace(paid, raw_type=event.raw_type, evidence={**event.evidence, **paid.evidence})


def charge(found: Recurrence, ref: str | None, event_key: str) -> PaymentEvent | None:
    """The last charge as a fact; None before the first. Raises GatewayUnavailable where it cannot be read.

    One that was made in the second half of a first period or later renews: the page is paid when it is accepted.
    """
    if found.paid_at is None:
        return None
    amount = asked(found.source)
    if amount is None or found.paid_until is None:
        raise unreadable("recurring payment with an amount and a period")
    made = found.whose.made_at if found.whose else None
    half = (found.paid_until - found.paid_at) / 2
    return PaymentEvent(
        kind=PaymentEventKind.PAYMENT_COMPLETED,
        provider=PROVIDER,
        event_key=event_key or f"recurrence:{found.uuid}",
        raw_type=f"recurrence:{found.status[:60]}",
        occurred_at=found.paid_at,
        payment_key=f"{found.uuid}:{utc(found.paid_at)}",
        subscription_ref=found.uuid,
        checkout_ref=ref,
        order_id=found.whose.order_id if found.whose else None,
        telegram_id=found.whose.telegram_id if found.whose else None,
        amount=amount,
        period_start=found.paid_at,
        period_end=found.paid_until,
        is_renewal=made is not None and found.paid_at - made > half,
        evidence=evidence(found.source),
    )


def _status(found: Recurrence, now: datetime) -> ProviderStatus:
    if found.status == WAITING:
        return ProviderStatus.INCOMPLETE
    if found.status in ENDED:
        running = found.paid_until is not None and now < found.paid_until
        return ProviderStatus.ACTIVE if running else ProviderStatus.ENDED
    if found.status != ACTIVE:
        return ProviderStatus.UNKNOWN
    if found.paid_until is None:
        return ProviderStatus.INCOMPLETE
    return ProviderStatus.ACTIVE if now < found.paid_until + CHARGED_WITHIN else ProviderStatus.PAST_DUE
