"""Screens about webhooks for the contact sheets, as shown to staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.texts import Texts
from features.webhooks.commands import OUTGOING_KINDS, EndpointSecret
from features.webhooks.screens import secret_screen
from scripts import contact_samples as samples
from scripts.contact_samples import Shot
from subscriptions.domain.entities.outgoing import EventKind

_ANA: Final = {
    "customer_id": "0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e12",
    "first_name": "Ana",
    "last_name": "Méndez",
    "username": "ana",
    "telegram_id": 700000001,
}
_ENDPOINT: Final = {
    "endpoint": "n8n",
    "url": "https://n8n.example.com/webhook/umbral",
    "kinds": "payment.received subscription.ended",
    "state": "failing",
    "failing_since": samples.NOW,
    "waiting": 3,
    "created_at": samples.NOW,
}
_DELIVERY: Final = {
    **_ANA,
    "endpoint": "n8n",
    "happening": "payment.received",
    "state": "waiting",
    "attempts": 4,
    "answer": "answered 503",
    "happened_at": samples.NOW,
    "done_at": None,
}
PANEL_ROWS: Final[Mapping[str, Mapping[str, Mapping[str, object]]]] = {
    "endpoints": {
        "an endpoint that fails": _ENDPOINT,
        "one that answers": {**_ENDPOINT, "state": "working", "kinds": "everything", "failing_since": None},
        "one that is off": {**_ENDPOINT, "state": "off"},
    },
    "deliveries": {
        "an event on its way": _DELIVERY,
        "one that arrived": {
            **_DELIVERY,
            "state": "told",
            "answer": None,
            "done_at": samples.NOW,
            **dict.fromkeys(_ANA),
        },
    },
}
"""Sample rows of the panel's lists, keyed by list and by description."""


def _panel(t: Texts) -> Sequence[Shot]:
    """Return the screens of an endpoint's secret."""
    secret = "whsec_" + "Jk3-xQ" * 7
    return [
        Shot(name, secret_screen(t, EndpointSecret(endpoint="n8n", secret=each)))
        for name, each in (("EndpointSecret, once", secret), ("EndpointSecret, again", None))
    ]


PANEL: Final[Mapping[str, Callable[[Texts], Sequence[Shot]]]] = {"webhooks": _panel}
"""Functions that return sample screens of the panel, which only staff see."""

CHOICES: Final[Mapping[str, Sequence[str]]] = {
    "events": tuple(f"commands.choice.{each.replace('.', '_')}" for each in ("everything", *OUTGOING_KINDS))
}
"""Texts of the buttons of questions with fixed answers, by the question's name."""
SAID: Final = {"event": EventKind.PAYMENT_RECEIVED}
"""Sample values for the texts of staff commands."""
