"""Endpoints of the operator's own programs, and the webhook events that are sent to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.outgoing import EventKind
from subscriptions.domain.ids import CustomerId

TRIED_FOR: Final = timedelta(days=3)
"""Time for which an event is retried, and for which an endpoint may fail before it is disabled."""
PAUSES: Final = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800))
"""Delays between delivery attempts; the last one repeats."""
BOTH_FOR: Final = timedelta(days=1)
"""Time after a rotation for which events are also signed with the previous secret."""


@dataclass(kw_only=True)
class OutgoingEndpoint:
    """Endpoint for webhook events.

    kinds: subscribed event kinds; empty for all
    secret, old_secret: current and previous secret, both encrypted
    old_until: time until which events are signed with the previous secret as well
    failures: number of consecutive failed deliveries
    failing_since: time of the first of these failures
    rests_until: time of the next delivery attempt after a failure
    off_since, off_reason: time and reason of disabling; None while the endpoint is enabled
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
        """Return True if the endpoint subscribes to this kind of event."""
        return not self.kinds or kind in self.kinds

    def rotate(self, secret: str, now: datetime) -> None:
        """Replace the secret. Events are also signed with the previous secret for `BOTH_FOR`."""
        self.old_secret, self.old_until, self.secret = self.secret, now + BOTH_FOR, secret

    def secrets(self, now: datetime) -> tuple[str, ...]:
        """Return the encrypted secrets with which events are signed now, newest first."""
        if self.old_secret is not None and self.old_until is not None and now < self.old_until:
            return self.secret, self.old_secret
        return (self.secret,)

    def record_success(self) -> None:
        """Reset the failures after a successful delivery."""
        self.failures, self.failing_since, self.rests_until = 0, None, None

    def record_failure(self, failures: int, now: datetime) -> None:
        """Delay the next delivery after a failure; disable the endpoint once it has failed for `TRIED_FOR`.

        `failures`: value of `OutgoingEndpoint.failures` when the attempt began, so that parallel attempts count as one
            failure
        """
        if self.failures != failures:
            return
        self.failing_since = self.failing_since or now
        self.rests_until = now + pause_after(self.failures)
        self.failures += 1
        if now - self.failing_since >= TRIED_FOR:
            self.switch_off("failing", now)

    def switch_off(self, reason: str, now: datetime) -> None:
        """Disable the endpoint; pending events are kept. `reason`: `failing`, `gone`, `secret` or `removed`."""
        self.off_since, self.off_reason = now, reason

    def switch_on(self) -> None:
        """Enable the endpoint and reset its failures."""
        self.failures, self.failing_since, self.rests_until = 0, None, None
        self.off_since, self.off_reason = None, None


class OutgoingState(StrEnum):
    """Delivery status of a webhook event: waiting, delivered (`told`) or given up after repeated failures."""

    WAITING = "waiting"
    TOLD = "told"
    GIVEN_UP = "given_up"


@dataclass(kw_only=True)
class OutgoingEvent:
    """Webhook event stored for one endpoint.

    id: id that the endpoint receives; unchanged when the event is sent again
    body: payload, created once
    begun_at: time of the first delivery attempt
    next_at: time of the next delivery attempt
    answer: last response of the endpoint, or the error
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
        """Record a successful delivery."""
        self.state, self.answer, self.done_at = OutgoingState.TOLD, answer, now
        self.attempts += 1

    def record_failure(self, answer: str, now: datetime) -> None:
        """Record a failed delivery and schedule a retry, or give up after `TRIED_FOR`."""
        self.answer, self.next_at = answer, now + pause_after(self.attempts)
        self.attempts += 1
        if self.next_at - self.begun_at > TRIED_FOR:
            self.state, self.done_at = OutgoingState.GIVEN_UP, now


def pause_after(tries: int) -> timedelta:
    """Return the delay after a failure that followed `tries` earlier attempts."""
    return PAUSES[min(tries, len(PAUSES) - 1)]
