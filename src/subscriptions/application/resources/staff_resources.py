"""Helpers shared by the staff commands on resources."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from subscriptions.application.catalog.plan_input import save_edited
from subscriptions.application.dto.typed_answers import Wrong, choice
from subscriptions.application.staff.command import AuditEntry, Execution, NothingToDo, Subject
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.events import PlanChanged, PlanNarrowed
from subscriptions.domain.ids import ResourceId
from subscriptions.domain.ports.unit_of_work import UnitOfWork

AT_ONCE: Final = "at_once"
PERIOD_END: Final = "period_end"

ENDS: Final[Input[str]] = Input(name="ends", kind=InputKind.CHOICE, parse=choice, value=str)
"""Input for the time at which current customers lose access to the resource."""


async def resource_of(execution: Execution) -> Resource:
    """Return the resource of a command. Raises NothingToDo if the resource was deleted."""
    resource = await execution.uow.resources.get(ResourceId(execution.subject_id))
    if resource is None:
        raise NothingToDo("gone")
    return resource


def ends() -> list[Choice]:
    """Return the times at which access can end, as options of the input `ENDS`."""
    return [Choice(PERIOD_END), Choice(AT_ONCE)]


async def plans_of(uow: UnitOfWork, resource: Resource | Subject, *, includes_it: bool) -> list[ServicePlan]:
    """Return the plans that include a resource or, if `includes_it` is False, those that do not, in display order."""
    soft_id = resource.soft_id if isinstance(resource, Resource) else str(resource.facts["resource"])
    return [plan for plan in await uow.plans.all(active_only=False) if (soft_id in plan.opens) is includes_it]


async def plan_choices(uow: UnitOfWork, subject: Subject, *, includes_it: bool) -> list[Choice]:
    """Return the plans that include a resource or, if `includes_it` is False, those that do not, as options."""
    return [Choice(plan.soft_id, plan.label) for plan in await plans_of(uow, subject, includes_it=includes_it)]


def refuse_empty(plans: Sequence[ServicePlan], resource: Resource, asked_input: Input[Any]) -> None:
    """Raise Wrong if the resource is the only one that one of the plans includes."""
    for plan in plans:
        if plan.opens == (resource.soft_id,):
            raise Wrong("opens_nothing", question=asked_input.name, plan=plan.label)


async def detach(execution: Execution, resource: Resource, plan: ServicePlan, effect: str) -> None:
    """Remove a resource from a plan. Raises NothingToDo if the plan is being changed concurrently."""
    await save_opens(execution, plan, tuple(each for each in plan.opens if each != resource.soft_id))
    if effect == AT_ONCE:
        await execution.uow.resources.drop_kept(resource.id, plan_id=plan.id)
        execution.uow.record(PlanNarrowed(plan.id, (resource.soft_id,)))


async def save_opens(execution: Execution, plan: ServicePlan, opens: tuple[str, ...]) -> None:
    """Save the slugs of the resources that a plan includes. Raises NothingToDo if the plan is being changed
    concurrently.
    """
    staff = execution.actor.staff
    changed_plan = replace(
        plan, opens=opens, updated_at=execution.at, updated_by=staff.telegram_id if staff is not None else None
    )
    if not await save_edited(execution.uow, plan, changed_plan):
        raise NothingToDo("somebody else changes it at this moment")
    execution.uow.record(PlanChanged(plan.id))


def audit_entry(resource: Resource, action: str, **facts: str) -> AuditEntry:
    """Return an audit entry about a resource. `action`: name of the action in the audit log."""
    return AuditEntry(
        subject=resource.id,
        action=action,
        facts={"resource": resource.soft_id, **facts},
        reason="decided by the operator",
    )
