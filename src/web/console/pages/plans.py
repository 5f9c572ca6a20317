"""Console page of plans: the list with each plan's state and number of subscriptions."""

from collections.abc import Mapping, Sequence
from typing import Final

from subscriptions.application.menu import MenuSection
from subscriptions.application.staff.command import SubjectKind
from subscriptions.bootstrap.staff_commands import COMMANDS
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ports.repositories.views import Row
from subscriptions.domain.services.staff_policy import StaffAction
from web.console.lists import list_page
from web.console.pages.about import read_id
from web.console.visit import ROOT, Target, Visit
from web.feature import plan_notes

LIST_PATH: Final = f"{ROOT}/plans"
MAY: Final = StaffAction.CHANGE_PLANS


def _of_plan(visit: Visit, row: Row) -> Sequence[str]:
    beside = _beside(visit) if row["active"] else ()
    if not visit.may(StaffAction.CHANGE_PLANS):
        return beside
    switch = "withdraw_plan" if row["active"] else "activate_plan"
    honour = "refuse_codes" if row["honours_tokens"] else "honour_codes"
    rule = visit.use.plan_commands()
    change = ("plan_edit", "change_price", "method_price")
    return (*change, *beside, switch, honour, *rule, *(() if row["people"] else ("delete_plan",)))


def _beside(visit: Visit) -> Sequence[str]:
    """Return the names of commands on other subjects that are also offered on plans and that the visitor may run."""
    offers = visit.use.core.features().offers
    return [
        command.name
        for command in COMMANDS.values()
        if command.beside == SubjectKind.PLAN and offers(command) and visit.may(command.permission)
    ]


async def plan_at(visit: Visit, subject_id: str) -> tuple[ServicePlan, Target] | None:
    """Return a plan and the target of a command on the plan; None if the plan does not exist. subject_id: the plan's
    id, with the displayed version after a dot.
    """
    plan_id, _, version_text = subject_id.partition(".")
    plan = await visit.use.pricing().get_plan_by_id(read_id(plan_id))
    if plan is None:
        return None
    version = int(version_text) if version_text.isdecimal() and len(version_text) < 10 else plan.version
    facts = {"plan": plan.label, "version": version, "on": plan.active, "soft_id": plan.soft_id}
    return plan, Target(f"{plan.id}.{version}", plan.label, LIST_PATH, facts)


async def _notes(visit: Visit, rows: Sequence[Row]) -> Mapping[str, str]:
    """Return the lines of features about each plan, keyed by plan id."""
    notes = await plan_notes(visit.use.core)()
    lines = {
        soft_id: " · ".join(filter(None, (each.line(visit.words.language, visit.zone) for each in found)))
        for soft_id, found in notes.items()
    }
    return {row["id"]: line for row in rows if (line := lines.get(row["soft_id"]))}


PAGES: Final = (list_page("plans", MenuSection.OFFER, commands_of=_of_plan, begin=(("plan_new", MAY),), notes=_notes),)
