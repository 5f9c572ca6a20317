"""The next charge of a subscription, as its provider announces it."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class UpcomingCharge:
    """The provider's word about the next charge, fetched at `learned_at`.

    at: when the provider charges next; None where it charges nothing more as things are. amount: what it charges then,
    which may be zero; None where the provider does not say.
    """

    at: datetime | None
    amount: Money | None = None
    learned_at: datetime
