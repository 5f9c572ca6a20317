"""What the operator's own programs are told of what happens, and who is told it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from subscriptions.domain.ids import CustomerId

TRIED_FOR: Final = timedelta(days=3)
"""How long an event is tried, and how long a receiver may fail before it is switched off."""
PAUSES: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800))
"""Between two tries; the last one again and again."""
BOTH_FOR: Final = timedelta(days=1)
"""How long after a change the secret before goes on signing beside the new one."""


class EventKind(StrEnum):
    """What is told, by the names that receivers know it by."""

    PAYMENT_RECEIVED = "payment.received"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_FLAGGED = "payment.flagged"
    PAYMENT_REFUNDED = "payment.refunded"
    DISPUTE_LOST = "dispute.lost"
    CONTRACT_WITHDRAWN = "contract.withdrawn"
    INVOICE_REQUESTED = "invoice.requested"
    CHECKOUT_ABANDONED = "checkout.abandoned"
    SUBSCRIPTION_CANCELED = "subscription.canceled"
    SUBSCRIPTION_KEPT = "subscription.kept"
    SUBSCRIPTION_PAUSED = "subscription.paused"
    SUBSCRIPTION_RESUMED = "subscription.resumed"
    SUBSCRIPTION_EXTENDED = "subscription.extended"
    SUBSCRIPTION_SWITCHED = "subscription.switched"
    SUBSCRIPTION_ENDED = "subscription.ended"
    CUSTOMER_JOINED = "customer.joined"
    ENDPOINT_TESTED = "endpoint.tested"


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One thing that happened. payment_id, subscription_id: what it was about, where it was about such a thing.

    facts: what cannot be read there any more. fact: what makes it one however often it is recorded, where that is
    neither its payment nor its refund; what has none of these is one for each moment.
    """

    kind: EventKind
    customer_id: CustomerId
    payment_id: UUID | None = None
    refund_id: UUID | None = None
    subscription_id: UUID | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    fact: str | None = None

    def event_id(self, receiver_id: UUID, now: datetime) -> UUID:
        """Return the id of its event for one receiver: the same for the same fact."""
        one = self.fact or self.payment_id or self.refund_id or f"{self.subscription_id}:{now.isoformat()}"
        return uuid5(receiver_id, f"{self.kind}:{self.customer_id}:{one}:{sorted(self.facts.items())}")


@dataclass(kw_only=True)
class OutgoingEndpoint:
    """One address. kinds: what it wants to be told, empty for everything. secret, old_secret: sealed.

    old_until: how long the secret before signs as well. failures: tries without success since the last one with it,
    failing_since: their first. rests_until: when it is tried again. off_since, off_reason: it is told nothing.
    """

    id: UUID
    name: str
    url: str
    kinds: frozenset[str] = frozenset()
    secret: str
    old_secret: str | None = None
    old_until: datetime | None = None
    created_at: datetime
    failures: int = 0
    failing_since: datetime | None = None
    rests_until: datetime | None = None
    off_since: datetime | None = None
    off_reason: str | None = None

    def wants(self, kind: EventKind) -> bool:
        """Whether it is told of such things."""
        return not self.kinds or kind in self.kinds

    def rotate(self, secret: str, now: datetime) -> None:
        """Sign with another secret from now on, and for a while with the one before as well."""
        self.old_secret, self.old_until, self.secret = self.secret, now + BOTH_FOR, secret

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Sealed: those that sign now, the newest first."""
        if self.old_secret is not None and self.old_until is not None and now < self.old_until:
            return self.secret, self.old_secret
        return (self.secret,)

    def record_success(self) -> None:
        """It works."""
        self.failures, self.failing_since, self.rests_until = 0, None, None

    def record_failure(self, failures: int, now: datetime) -> None:
        """It took nothing: it is left alone for longer and longer, and switched off after days.

        failures: its failures when it was tried; what was tried side by side fails once.
        """
        if self.failures != failures:
            return
        self.failing_since = self.failing_since or now
        self.rests_until = now + pause_after(self.failures)
        self.failures += 1
        if now - self.failing_since >= TRIED_FOR:
            self.switch_off("failing", now)

    def switch_off(self, reason: str, now: datetime) -> None:
        """It is told nothing any more; what waits for it stays. reason: `failing`, `gone`, `secret`,
        `removed`.
        """
        self.off_since, self.off_reason = now, reason

    def switch_on(self) -> None:
        """It is told again."""
        self.failures, self.failing_since, self.rests_until = 0, None, None
        self.off_since, self.off_reason = None, None


class OutgoingState(StrEnum):
    """How far telling one event has come."""

    WAITING = "waiting"
    TOLD = "told"
    GIVEN_UP = "given_up"


@dataclass(kw_only=True)
class OutgoingEvent:
    """Something that happened, for one receiver. id: by which the receiver knows it again, also in a replay.

    body: what is sent, gathered once. begun_at: since when it is tried. next_at: when it is tried next. answer: the
    last one, or what came instead of it.
    """

    id: UUID
    receiver_id: UUID
    kind: EventKind
    customer_id: CustomerId | None
    payment_id: UUID | None = None
    refund_id: UUID | None = None
    subscription_id: UUID | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    happened_at: datetime
    body: str | None = None
    state: OutgoingState = OutgoingState.WAITING
    attempts: int = 0
    begun_at: datetime
    next_at: datetime
    answer: str | None = None
    done_at: datetime | None = None

    def mark_delivered(self, answer: str, now: datetime) -> None:
        """It arrived."""
        self.state, self.answer, self.done_at = OutgoingState.TOLD, answer, now
        self.attempts += 1

    def record_failure(self, answer: str, now: datetime) -> None:
        """It did not: it is tried again, for so many days."""
        self.answer, self.next_at = answer, now + pause_after(self.attempts)
        self.attempts += 1
        if self.next_at - self.begun_at > TRIED_FOR:
            self.state, self.done_at = OutgoingState.GIVEN_UP, now


def pause_after(tries: int) -> timedelta:
    """How long to wait after so many tries before the one that failed."""
    return PAUSES[min(tries, len(PAUSES) - 1)]
