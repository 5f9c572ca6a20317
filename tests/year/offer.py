"""Plans on sale in the simulated year: every kind of period, a trial, a one-time pass, the VIP channel, and a bundle of
chats.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from subscriptions.domain.entities.resource import PERSONAL, VIP
from subscriptions.domain.entities.service_plan import Interval, ServicePlan
from subscriptions.domain.ids import PlanId, new_uuid
from subscriptions.domain.money import Money
from tests.year.chance import Stream

DEFAULT_GRACE = timedelta(days=5)

NEWS, TALK = "news", "talk"
"""Slugs of a channel and a group shared by several plans."""

PLANS: dict[str, dict[str, Any]] = {
    "mensual": {"interval": Interval.MONTH, "price": Money(2999, "EUR")},
    "prueba": {"interval": Interval.MONTH, "price": Money(1999, "EUR"), "trial_days": 7},
    "semanal": {"interval": Interval.WEEK, "price": Money(999, "EUR"), "grace_days": 3},
    "diario": {"interval": Interval.DAY, "price": Money(299, "EUR"), "grace_days": 1},
    "pase": {"recurring": False, "interval": None, "duration_days": 10, "price": Money(1499, "USD")},
    "todo": {"interval": Interval.WEEK, "price": Money(1499, "EUR"), "opens": (PERSONAL, NEWS, TALK)},
    "charla": {
        "recurring": False,
        "interval": None,
        "duration_days": 4,
        "price": Money(499, "USD"),
        "opens": (TALK,),
    },
    "vip-semanal": {"interval": Interval.WEEK, "price": Money(1299, "EUR"), "opens": (VIP,)},
    "vip-pase": {
        "recurring": False,
        "interval": None,
        "duration_days": 3,
        "price": Money(799, "USD"),
        "opens": (VIP,),
    },
}
VIP_PASS = "vip-pase"
"""Slug of the plan that the owner creates in the panel after the channel's setup."""


@cache
def opening(resource: str) -> tuple[str, ...]:
    """Return the slugs of the plans that open a resource."""
    return tuple(name for name, what in PLANS.items() if resource in what.get("opens", (PERSONAL,)))


VIP_PLANS = opening(VIP)

WEIGHTS = {"mensual": 50, "prueba": 12, "semanal": 10, "diario": 2, "todo": 10, "charla": 8, "pase": 8}
BRISK = {"mensual": 3, "prueba": 10, "semanal": 17, "diario": 35, "todo": 15, "charla": 10, "pase": 10}
"""Weights of the plans in purchases, in percent: of a normal year, and of a short brisk span that must include every
plan.
"""


def plans(now: datetime) -> list[ServicePlan]:
    """Return all plans that exist from the beginning."""
    return [
        ServicePlan(
            id=PlanId(new_uuid()), soft_id=name, name=name.capitalize(), created_at=now, position=number, **what
        )
        for number, (name, what) in enumerate(PLANS.items(), start=1)
        if name != VIP_PASS
    ]


def grace_of(plan: str) -> timedelta:
    """Return the duration of a plan's grace period."""
    days = PLANS[plan].get("grace_days")
    return DEFAULT_GRACE if days is None else timedelta(days=days)


def choose(chance: Stream, *, brisk: bool, daily: bool) -> str:
    """Return a random plan for a customer to buy.

    brisk: True to choose by the weights of a brisk span.
    daily: True to return the plan that is paid daily.
    """
    if daily:
        return "diario"
    weights = BRISK if brisk else WEIGHTS
    return chance.choices(list(weights), weights=list(weights.values()))[0]
