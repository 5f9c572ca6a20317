"""Messages with the usual facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Final

from subscriptions.application.messages.announcement import ANNOUNCEMENTS, Announcement
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.money import Money

NOW: Final = datetime(2026, 3, 12, 20, 0, tzinfo=UTC)
END: Final = NOW + timedelta(days=31)
PRICE: Final = Money(2999, "EUR")

USUAL: Final[Mapping[str, object]] = {
    "plan_name": "Retabet",
    "soft_id": "retabet",
    "provider": "crypto",
    "amount": PRICE,
    "paid": PRICE,
    "price": PRICE,
    "missing": Money(320, "EUR"),
    "reference": "A1B2C3D4",
    "until": END,
    "charge": END,
    "ended_at": END,
    "kept": END + timedelta(days=31),
    "url": "https://t.me/+abc",
    "expires": NOW + timedelta(days=1),
    "earlier": "Bet365",
    **dict.fromkeys(("excess", "next_amount", "ready", "stage")),
    **dict.fromkeys(("next_plan", "portal", "reason", "receipt"), ""),
}


def announcement(kind: MessageKind, **facts: object) -> Announcement:
    """One of a kind: these facts, else the usual ones, and no for what is yes or no. Raises TypeError for facts that
    its class does not have."""
    made = ANNOUNCEMENTS[kind]
    return made(**{item.name: USUAL.get(item.name, False) for item in fields(made)} | facts)
