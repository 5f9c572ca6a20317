"""Records of webhook deliveries: endpoints, deliveries and their attempts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, Field

KEPT_ATTEMPTS = 60
#: Number of quick attempts, seconds apart, so that a restarted endpoint receives webhooks within seconds.
QUICK_TRIES = 150
#: Intervals of the attempts after the quick ones, on the world's clock.
LATER = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=12),
)
GIVE_UP = timedelta(days=3)
#: Status of an endpoint that is temporarily unavailable.
_DOWN: Final = 503


@dataclass(frozen=True)
class Patience:
    """Retry schedule of a provider: quick attempts, then ``later`` intervals, of which the last is repeated.

    No attempt is made later than ``give_up`` after the first, even if the clock was advanced beyond that time. A
    provider that gives up after a number of ``refusals`` counts them, and after the first refusal uses the ``later``
    intervals. An endpoint that was unavailable did not refuse, and receives the webhook within seconds of its return.
    """

    quick_tries: int = QUICK_TRIES
    later: tuple[timedelta, ...] = LATER
    give_up: timedelta = GIVE_UP
    refusals: int | None = None


USUAL_PATIENCE: Final = Patience()


class WebhookEndpoint(BaseModel):
    """Endpoint of one provider's webhooks. enabled_events: None for all event types."""

    id: str
    provider: str
    url: str
    secret: str
    created: int
    api_version: str | None = None
    enabled_events: list[str] | None = None
    description: str | None = None
    enabled: bool = True

    def wants(self, event_type: str) -> bool:
        """Return True if this endpoint is subscribed to the event type."""
        if not self.enabled:
            return False
        return self.enabled_events is None or "*" in self.enabled_events or event_type in self.enabled_events


class Attempt(BaseModel):
    """Attempt of a delivery: its headers, and the response (or the reason for its absence)."""

    at: datetime
    headers: dict[str, str]
    status: int | None = None
    answer: str = ""
    error: str | None = None
    fault: str | None = None
    took_s: float = 0.0

    @property
    def accepted(self) -> bool:
        """Return True if the endpoint responded with 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Return True if the endpoint was available and refused the delivery."""
        return self.status not in {None, _DOWN} and not self.accepted


class Delivery(BaseModel):
    """Webhook for one endpoint, with its last KEPT_ATTEMPTS attempts."""

    id: int
    provider: str
    endpoint: str
    url: str
    event: str
    type: str
    body: str
    created: datetime
    due: datetime
    hold_until: datetime | None = Field(default=None, description="wall time: not before this")
    first_try: datetime | None = None
    touched: bool = Field(default=False, description="delay and reorder had their turn")
    state: Literal["waiting", "delivered", "failed"] = "waiting"
    tries: int = 0
    refusals: int = 0
    attempts: list[Attempt] = Field(default_factory=list)

    def record(self, attempts: list[Attempt], now: datetime, patience: Patience = USUAL_PATIENCE) -> None:
        """Record one round of attempts and schedule the next attempt."""
        self.attempts = [*self.attempts, *attempts][-KEPT_ATTEMPTS:]
        self.tries += 1
        self.first_try = self.first_try or now
        if any(attempt.accepted for attempt in attempts):
            self.state = "delivered"
        elif patience.refusals is not None and any(attempt.refused for attempt in attempts):
            self.refusals += 1
            self.state = "failed" if self.refusals >= patience.refusals else "waiting"
            self.due = now + patience.later[min(self.refusals, len(patience.later)) - 1]
        elif not self.overdue(now, patience):
            self.due = now + pause_after(self.tries, patience)

    def overdue(self, now: datetime, patience: Patience) -> bool:
        """Return True if the retry period is over, and mark the delivery as failed."""
        if self.first_try is None or now - self.first_try < patience.give_up:
            return False
        self.state = "failed"
        return True


class DeliveryView(BaseModel):
    """Webhook and the responses to it, for the control interface."""

    id: int
    provider: str
    type: str
    event: str
    url: str
    state: str
    created: datetime
    tries: int
    attempts: list[Attempt]


def delivery_view(delivery: Delivery) -> DeliveryView:
    """Return the delivery without its body and its schedule."""
    return DeliveryView.model_validate(delivery.model_dump())


def pause_after(tries: int, patience: Patience = USUAL_PATIENCE) -> timedelta:
    """Return the delay after this number of failed attempts."""
    if tries <= patience.quick_tries:
        return timedelta(seconds=min(tries, 5))
    return patience.later[min(tries - patience.quick_tries - 1, len(patience.later) - 1)]
