"""Recurring payments. The provider reports only their state and the time of the last charge.

No webhook reports a cancellation by the customer, and no state reports a failed charge.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from subscriptions.domain.entities.upcoming_charge import UpcomingCharge
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import ProviderStatus, SubscriptionPage, SubscriptionSnapshot
from subscriptions.infrastructure.payments.cryptomus.amounts import asked_amount
from subscriptions.infrastructure.payments.cryptomus.errors import unreadable
from subscriptions.infrastructure.payments.cryptomus.periods import OWN_ZONE, end_of
from subscriptions.infrastructure.payments.cryptomus.references import References, references
from subscriptions.infrastructure.payments.cryptomus.wire import Wire
from subscriptions.infrastructure.providers.reader import Node

INFO: Final = "/v1/recurrence/info"
LIST: Final = "/v1/recurrence/list"
CANCEL: Final = "/v1/recurrence/cancel"

CHARGED_WITHIN: Final = timedelta(hours=3)
"""Delay after which a charge that was not made counts as failed, because no state reports a failure."""

END_STATES: Final = frozenset(["cancel_by_merchant", "cancel_by_user"])
WAIT_STATUS: Final = "wait_accept"
ACTIVE: Final = "active"


@dataclass(frozen=True)
class Recurrence:
    """Recurring payment as the provider reports it.

    paid_at: time of the last charge; None before the first charge
    paid_until: end of the period that the last charge paid for; None before the first charge
    """

    uuid: str
    order_id: str
    status: str
    paid_at: datetime | None
    paid_until: datetime | None
    whose: References | None
    source: Node

    def end_of(self, start: datetime) -> datetime | None:
        """Return the end of the period that a charge at `start` pays for; None if the period is unknown."""
        return end_of(self.source.text("period"), start)


def read_recurrence(source: Node) -> Recurrence:
    """Parse a recurring payment. Raises GatewayUnavailable for an object of another form."""
    uuid, status = source.text("uuid"), source.text("status")
    if uuid is None or status is None:
        raise unreadable("recurring payment")
    paid_at = source.moment("last_pay_off", zone=OWN_ZONE)
    return Recurrence(
        uuid=uuid,
        order_id=source.text("order_id") or uuid,
        status=status,
        paid_at=paid_at,
        paid_until=end_of(source.text("period"), paid_at) if paid_at is not None else None,
        whose=references(source),
        source=source,
    )


async def find_recurrence(wire: Wire, **name: str) -> Recurrence | None:
    """Fetch a recurring payment by `uuid` or `order_id`. Return None if it does not exist."""
    node = await wire.find(INFO, dict(name))
    if node is None:
        return None
    if any(node.text(member) != value for member, value in name.items()):
        raise unreadable("recurring payment that was asked about")
    return read_recurrence(node)


async def fetch_subscription(wire: Wire, clock: Clock, uuid: str) -> SubscriptionSnapshot | None:
    """Return a snapshot of the recurring payment's current state, or None if it does not exist."""
    recurrence = await find_recurrence(wire, uuid=uuid)
    return snapshot(recurrence, clock.now()) if recurrence is not None else None


async def list_subscriptions(wire: Wire, clock: Clock, cursor: str | None) -> SubscriptionPage:
    """Return a page of all recurring payments, the newest first
    (https://doc.cryptomus.com/merchant-api/recurring/list).
    """
    now, query = clock.now(), f"?cursor={quote(cursor)}" if cursor is not None else ""
    page = await wire.call(f"{LIST}{query}", {})
    subscription_snapshots = [snapshot(read_recurrence(each), now) for each in page.items("items")]
    return SubscriptionPage(snapshots=subscription_snapshots, next=page.text("paginate", "nextCursor"))


def snapshot(recurrence: Recurrence, now: datetime) -> SubscriptionSnapshot:
    """Create a snapshot. A canceled recurring payment stays active until the end of the paid period, because that
    period is not refunded. It cannot be resumed.
    """
    status = _status(recurrence, now)
    is_stopped = recurrence.status in END_STATES and status is ProviderStatus.ACTIVE
    return SubscriptionSnapshot(
        ref=recurrence.uuid,
        status=status,
        raw_status=recurrence.status,
        current_period_start=recurrence.paid_at,
        current_period_end=recurrence.paid_until,
        cancel_at_period_end=is_stopped,
        cancel_at=recurrence.paid_until if is_stopped else None,
        resumable=not is_stopped,
        price=asked_amount(recurrence.source),
        owed=asked_amount(recurrence.source) if status is ProviderStatus.PAST_DUE else None,
        upcoming=_upcoming(recurrence, status, now),
        order_id=recurrence.whose.order_id if recurrence.whose else None,
        telegram_id=recurrence.whose.telegram_id if recurrence.whose else None,
        fetched_at=now,
    )


def _upcoming(recurrence: Recurrence, status: ProviderStatus, now: datetime) -> UpcomingCharge | None:
    """Return the next charge: the agreed amount at the end of the paid period. Cryptomus reports nothing more about the
    next charge.

    None while a charge is outstanding.
    """
    if recurrence.status in END_STATES:
        return UpcomingCharge(at=None, learned_at=now)
    if status is not ProviderStatus.ACTIVE or recurrence.paid_until is None:
        return None
    return UpcomingCharge(at=recurrence.paid_until, amount=asked_amount(recurrence.source), learned_at=now)


async def cancel(wire: Wire, uuid: str) -> bool:
    """Cancel a recurring payment. Return True if no further charge will be made, False if the recurring payment does
    not exist.
    """
    recurrence = await find_recurrence(wire, uuid=uuid)
    if recurrence is None:
        return False
    if recurrence.status in END_STATES:
        return True
    return await wire.find(CANCEL, {"uuid": uuid}) is not None


def _status(recurrence: Recurrence, now: datetime) -> ProviderStatus:
    if recurrence.status == WAIT_STATUS:
        return ProviderStatus.INCOMPLETE
    if recurrence.status in END_STATES:
        is_running = recurrence.paid_until is not None and now < recurrence.paid_until
        return ProviderStatus.ACTIVE if is_running else ProviderStatus.ENDED
    if recurrence.status != ACTIVE:
        return ProviderStatus.UNKNOWN
    if recurrence.paid_until is None:
        return ProviderStatus.INCOMPLETE
    return ProviderStatus.ACTIVE if now < recurrence.paid_until + CHARGED_WITHIN else ProviderStatus.PAST_DUE
