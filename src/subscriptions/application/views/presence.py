"""Reason why a customer has access or not, shown as the first line of the customer's page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from subscriptions.application.views.see_customers import CustomerView, HeldPlan
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.subscription import BAN, DISPUTE, STAFF

ENDS: Final = frozenset({"period_over", "removed", "refunded", "dispute_lost", "withdrawn"})
"""Causes of the end of a subscription for which there is a separate text."""
_PAUSES: Final = (STAFF, BAN, DISPUTE)
"""Reasons for a pause, the most important first."""
_INSIDE: Final = (None, AccessStatus.ACTIVE)
"""Access statuses that count as access. None means that there is no access row, because the plan includes no chat."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Reason why a customer has access or not.

    name: name of the text that states the reason
    plan: emoji and name of the plan to which the reason refers
    at: end of the access, or the time of the event
    reason: reason that the customer gave for a cancellation
    """

    name: str
    plan: str = ""
    at: datetime | None = None
    reason: str | None = None

    @property
    def is_inside(self) -> bool:
        """Return True if the customer has access."""
        return self.name.startswith("inside")


def standing_of(view: CustomerView) -> Standing:
    """Return the reason why a customer has access or not."""
    if view.customer.barred_at is not None and not view.live:
        return Standing(name="barred", at=view.customer.barred_at)
    if view.live:
        return min((_of_live(each) for each in view.live), key=lambda each: not each.is_inside)
    ended = [(each.ended_at or each.access_end, each) for each in view.plans]
    known = [(at, each) for at, each in ended if at is not None]
    if not known:
        return Standing(name="never")
    at, plan = max(known, key=lambda each: each[0])
    name = f"ended_{plan.end_reason}" if plan.end_reason in ENDS else "ended"
    return Standing(name=name, plan=plan.plan, at=at, reason=plan.cancel_reason)


def _of_live(plan: HeldPlan) -> Standing:
    pause = next((each for each in _PAUSES if each in plan.paused_for), None)
    if pause is not None:
        return Standing(name=f"paused_{pause}", plan=plan.plan, at=plan.access_end)
    inside = "inside" if plan.access_end is not None else "inside_always"
    return Standing(name=inside if plan.access in _INSIDE else str(plan.access), plan=plan.plan, at=plan.access_end)
