"""What is sold in the year: every kind of period, a trial, a pass that is not renewed, and the VIP channel."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from subscriptions.domain.entities.service_plan import AccessKind, Interval, ServicePlan
from subscriptions.domain.ids import PlanId, new_uuid
from subscriptions.domain.money import Money
from tests.year.chance import Stream

DEFAULT_GRACE = timedelta(days=5)

PLANS: dict[str, dict[str, Any]] = {
    "mensual": {"interval": Interval.MONTH, "price": Money(2999, "EUR")},
    "prueba": {"interval": Interval.MONTH, "price": Money(1999, "EUR"), "trial_days": 7},
    "semanal": {"interval": Interval.WEEK, "price": Money(999, "EUR"), "grace_days": 3},
    "diario": {"interval": Interval.DAY, "price": Money(299, "EUR"), "grace_days": 1},
    "pase": {"recurring": False, "interval": None, "duration_days": 10, "price": Money(1499, "USD")},
    "vip-semanal": {"interval": Interval.WEEK, "price": Money(1299, "EUR"), "access": AccessKind.VIP_CHANNEL},
    "vip-pase": {
        "recurring": False,
        "interval": None,
        "duration_days": 3,
        "price": Money(799, "USD"),
        "access": AccessKind.VIP_CHANNEL,
    },
}
VIP_PASS = "vip-pase"
"""The one that the owner makes in the panel, once the channel is set up."""
VIP_PLANS = tuple(name for name, what in PLANS.items() if what.get("access") is AccessKind.VIP_CHANNEL)

WEIGHTS = {"mensual": 60, "prueba": 14, "semanal": 12, "diario": 2, "pase": 12}
BRISK = {"mensual": 3, "prueba": 10, "semanal": 17, "diario": 60, "pase": 10}
"""How many of a hundred buy each; brisk: for a short time in which all of it is to be seen."""


def plans(now: datetime) -> list[ServicePlan]:
    """Everything on offer that is there from the beginning."""
    return [
        ServicePlan(
            id=PlanId(new_uuid()), soft_id=name, name=name.capitalize(), created_at=now, position=number, **what
        )
        for number, (name, what) in enumerate(PLANS.items(), start=1)
        if name != VIP_PASS
    ]


def grace_of(plan: str) -> timedelta:
    """How long a failed charge leaves access."""
    days = PLANS[plan].get("grace_days")
    return DEFAULT_GRACE if days is None else timedelta(days=days)


def choose(chance: Stream, *, brisk: bool, daily: bool) -> str:
    """The plan somebody buys."""
    if daily:
        return "diario"
    weights = BRISK if brisk else WEIGHTS
    return chance.choices(list(weights), weights=list(weights.values()))[0]
