"""Stripe events translated by the gateway, for short assertions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from subscriptions.infrastructure.payments.stripe.translate import translate
from subscriptions.infrastructure.providers.reader import Node
from tests.support.stripe import NOW, event

Kind = PaymentEventKind
EUR = Money(2999, "EUR")
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
SHAPES = pytest.mark.parametrize("shape", ["old", "new"])


def read(kind: str, source: Any, **changes: Any) -> PaymentEvent:
    """Return the gateway's event for a Stripe event of this type about an object."""
    return translate(Node(event(kind, source, **changes)), NOW)


def facts(found: PaymentEvent, *names: str) -> tuple[Any, ...]:
    """Return several fields of an event as a tuple."""
    return tuple(getattr(found, name) for name in names)
