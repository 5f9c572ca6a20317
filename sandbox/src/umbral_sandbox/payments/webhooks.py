"""What a provider wants delivered, to whom, and how it went: the records behind ``deliveries``."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pydantic import BaseModel, Field

KEPT_ATTEMPTS = 60
#: Seconds between tries at first, so that a receiver which was restarted hears within seconds …
QUICK_TRIES = 150
#: … and the provider's patience afterwards, on the world's clock.
LATER = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=12),
)
GIVE_UP = timedelta(days=3)
#: The answer of a receiver that cannot do its work just now.
_DOWN: Final = 503


@dataclass(frozen=True)
class Patience:
    """How long a provider keeps trying: quick tries, then ``later`` pauses (the last of them again and again).

    Later than ``give_up`` after the first try there is none, also where the clock was moved past it. A provider that
    gives up after so many ``refusals`` counts those: after the first of them comes the first of the ``later`` pauses.
    A receiver that was down did not refuse, and hears within seconds of its return all the same.
    """

    quick_tries: int = QUICK_TRIES
    later: tuple[timedelta, ...] = LATER
    give_up: timedelta = GIVE_UP
    refusals: int | None = None


USUAL_PATIENCE: Final = Patience()


class WebhookEndpoint(BaseModel):
    """Where one provider sends its webhooks; ``enabled_events`` None means all of them."""

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
        """Whether this endpoint is subscribed to that type."""
        if not self.enabled:
            return False
        return self.enabled_events is None or "*" in self.enabled_events or event_type in self.enabled_events


class Attempt(BaseModel):
    """One try: what was sent with which headers, and the answer (or why there was none)."""

    at: datetime
    headers: dict[str, str]
    status: int | None = None
    answer: str = ""
    error: str | None = None
    fault: str | None = None
    took_s: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether the receiver said 2xx."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the receiver was there, and said no."""
        return self.status not in {None, _DOWN} and not self.accepted


class Delivery(BaseModel):
    """One webhook for one endpoint, with all its tries (the last KEPT_ATTEMPTS of them)."""

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
        """Take in one round of tries and decide what comes next."""
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
        """Whether the provider's patience is at its end; then it has failed."""
        if self.first_try is None or now - self.first_try < patience.give_up:
            return False
        self.state = "failed"
        return True


class DeliveryView(BaseModel):
    """A webhook and the answers it got, for whoever looks on."""

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
    """All but what was sent, and what is still to be done."""
    return DeliveryView.model_validate(delivery.model_dump())


def pause_after(tries: int, patience: Patience = USUAL_PATIENCE) -> timedelta:
    """How long to wait after that many failed tries."""
    if tries <= patience.quick_tries:
        return timedelta(seconds=min(tries, 5))
    return patience.later[min(tries - patience.quick_tries - 1, len(patience.later) - 1)]
