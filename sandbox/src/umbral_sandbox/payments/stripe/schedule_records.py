"""Stored records of subscription schedules."""

from typing import Literal

from pydantic import BaseModel, Field

from umbral_sandbox.payments.stripe.records import Pairs, Record


class PhaseItem(BaseModel):
    """Price of a phase, with its quantity."""

    price: str
    quantity: int = 1


class Phase(BaseModel):
    """Phase of a schedule, from ``start`` to ``end`` (seconds). coupon: coupon of the subscription in this phase."""

    items: list[PhaseItem]
    start: int
    end: int
    proration_behavior: str = "create_prorations"
    metadata: Pairs = Field(default_factory=dict)
    coupon: str | None = None


class Schedule(Record):
    """Planned phases of a subscription. current: index of the running phase."""

    customer: str
    subscription: str
    phases: list[Phase]
    current: int = 0
    status: Literal["active", "canceled", "released"] = "active"
    end_behavior: str = "release"
    metadata: Pairs = Field(default_factory=dict)
    released_at: int | None = None
    canceled_at: int | None = None
