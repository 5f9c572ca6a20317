"""Messages of any kind for tests, with default values for their facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Final, get_type_hints

from subscriptions.application.messages.announcement import ANNOUNCEMENTS, Announcement
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
    "brand": "Retador",
    "name": "@ana_k",
}
OF_A_TYPE: Final[Mapping[object, object]] = {
    bool: False,
    str: "",
    Money: PRICE,
    tuple[Money, ...]: (PRICE,),
    datetime: END,
}
"""Default facts by type. Optional facts are None."""


def announcement(kind: str, **facts: object) -> Announcement:
    """Return a message of a kind with the given facts, and with defaults for all other facts. Raises TypeError for
    facts that the message class does not have.
    """
    made = ANNOUNCEMENTS[kind]
    usual = {name: USUAL.get(name, OF_A_TYPE.get(hint)) for name, hint in get_type_hints(made).items()}
    return made(**{item.name: usual[item.name] for item in fields(made)} | facts)
