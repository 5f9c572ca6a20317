"""Plans: what is sold, to how many, and whether it is offered now."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from subscriptions.application.catalog.pricing_service import PlanChangedMeanwhile
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.lists import list_page
from web.console.pages.about import read_id
from web.console.visit import ROOT, Action, Target, Typed, Visit

LISTED: Final = f"{ROOT}/plans"
MAY: Final = StaffAction.CHANGE_PLANS


def _of_plan(visit: Visit, row: Row) -> Sequence[str]:
    make = ("make_code",) if row["active"] and visit.may(StaffAction.MAKE_TOKENS) else ()
    if not visit.may(StaffAction.CHANGE_PLANS):
        return make
    switch = "switch_off" if row["active"] else "switch_on"
    honour = "codes_off" if row["honours_tokens"] else "codes_on"
    return ("plan_edit", *make, switch, honour, *(() if row["people"] else ("delete_plan",)))


async def plan_at(visit: Visit, about: str) -> tuple[ServicePlan, Target] | None:
    """By its id, and the version that was seen, which what is done to it is kept to."""
    known, _, seen = about.partition(".")
    plan = await visit.use.pricing().get_plan_by_id(read_id(known))
    if plan is None:
        return None
    version = int(seen) if seen.isdecimal() and len(seen) < 10 else plan.version
    facts = {"plan": plan.label, "version": version, "on": plan.active, "soft_id": plan.soft_id}
    return plan, Target(f"{plan.id}.{version}", plan.label, LISTED, facts)


async def _plan(visit: Visit, about: str) -> Target | None:
    found = await plan_at(visit, about)
    return found[1] if found is not None else None


def _id(target: Target) -> UUID:
    return UUID(target.id.partition(".")[0])


async def _toggle(visit: Visit, target: Target, _: Typed, __: UUID) -> str:
    try:
        version = int(target.facts["version"])
        plan = await visit.use.pricing().toggle_plan_status(_id(target), by=visit.who, version=version)
    except PlanChangedMeanwhile:
        plan = None
    if plan is None:
        return "over"
    return "switched_on" if plan.active else "switched_off"


def _honour(*, honour: bool) -> Callable[[Visit, Target, Typed, UUID], Awaitable[str]]:
    async def run(visit: Visit, target: Target, _: Typed, __: UUID) -> str:
        try:
            version = int(target.facts["version"])
            plan = await visit.use.pricing().honour_tokens(_id(target), honour, by=visit.who, version=version)
        except PlanChangedMeanwhile:
            return "over"
        return "over" if plan is None else "codes_on" if honour else "codes_off"

    return run


async def _delete(visit: Visit, target: Target, _: Typed, __: UUID) -> str:
    return "deleted" if await visit.use.pricing().delete_plan(_id(target), by=visit.who) else "in_use"


async def _on(visit: Visit, about: str) -> Target | None:
    found = await _plan(visit, about)
    return found if found is not None and not found.facts["on"] else None


async def _off(visit: Visit, about: str) -> Target | None:
    found = await _plan(visit, about)
    return found if found is not None and found.facts["on"] else None


PAGES: Final = (list_page("plans", "selling", offered=_of_plan, begin=("plan_new", MAY)),)
ACTIONS: Final = (
    Action("switch_on", StaffAction.CHANGE_PLANS, _on, _toggle),
    Action("switch_off", StaffAction.CHANGE_PLANS, _off, _toggle),
    Action("codes_on", StaffAction.CHANGE_PLANS, _plan, _honour(honour=True)),
    Action("codes_off", StaffAction.CHANGE_PLANS, _plan, _honour(honour=False)),
    Action("delete_plan", StaffAction.CHANGE_PLANS, _plan, _delete),
)
