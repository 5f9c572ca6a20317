"""Next charge of a subscription as announced by its provider."""

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class UpcomingCharge:
    """Provider's announcement of the next charge, fetched at `learned_at`.

    at: date of the charge; None if no charge is planned
    amount: amount of the charge, possibly zero; None if the provider does not report the amount
    """

    at: datetime | None
    amount: Money | None = None
    learned_at: datetime
