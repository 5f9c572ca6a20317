"""Moments of subscriptions that a shop stores, so that the laws can be checked over random lives and stories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from subscriptions.domain.ids import PlanId
from subscriptions.domain.services.stored_facts import Rows
from tests.histories.laws import LAWS, Moment
from tests.histories.world import Provider, World


@dataclass(frozen=True, kw_only=True)
class StoredWorld(World):
    """Subscription as a shop stores it. `plan_id`: its plan in effect."""

    plan_id: PlanId

    @property
    def plan(self) -> PlanId:
        return self.plan_id


def stored(rows: Rows, now: datetime) -> StoredWorld:
    """Return the world that the rows about a subscription describe."""
    subscription = rows.subscription
    report = rows.reports[-1] if rows.reports else None
    provider = None
    if report is not None and report.current_period_start is not None and report.current_period_end is not None:
        provider = Provider(report.status, report.current_period_start, report.current_period_end)
    return StoredWorld(
        facts=rows.facts(), provider=provider, now=now, price=subscription.price, plan_id=subscription.plan_id
    )


def broken_laws(world: World) -> list[str]:
    """Return the name of each law that does not hold, with the contradiction."""
    moment = Moment(world)
    found = ((name, law(moment)) for name, law in LAWS.items())
    return [f"{name}: {contradiction}" for name, contradiction in found if contradiction is not None]
