"""Staff commands that add a resource to a plan or remove it from a plan, with effect for current customers."""

from typing import Any, Final

from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.dto.typed_answers import Wrong, choice
from subscriptions.application.resources.change_resource import ChangeResource
from subscriptions.application.resources.staff_resources import (
    AT_ONCE,
    ENDS,
    audit_entry,
    detach,
    ends,
    plan_choices,
    refuse_empty,
    resource_of,
    save_opens,
)
from subscriptions.application.staff.command import Effect, Execution, NothingToDo, Outcome, Subject
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.resource import Resource
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ports.unit_of_work import UnitOfWork

OPENER: Final[Input[str]] = Input(name="opener", kind=InputKind.CHOICE, parse=choice, value=str)
"""Input for the slug of the plan to which the resource is added or from which it is removed; the plan need not be on
sale.
"""


class ChangeOpens(ChangeResource):
    """Base class of the staff commands that add a resource to a plan and remove it from a plan."""

    plan_catalog: PlanCatalog

    async def after_commit(self) -> None:
        """Drop this process's cached catalog."""
        self.plan_catalog.forget()

    async def both(self, execution: Execution) -> tuple[Resource, ServicePlan]:
        """Return the resource and the plan. Raises Wrong if the plan does not exist."""
        plan = await execution.uow.plans.by_soft_id(execution[OPENER])
        if plan is None:
            raise Wrong("plan", question=OPENER.name)
        return await resource_of(execution), plan


class AttachResource(ChangeOpens):
    """Staff command that adds a chat to a plan. The plan's customers are admitted at once."""

    name = "attach_resource"
    inputs = (OPENER,)
    outcomes = ("attached",)
    effects = ("lets_in",)

    async def preview(self, execution: Execution) -> Effect:
        """Return the number of customers who would be admitted."""
        resource, plan = await self.both(execution)
        holders = await execution.uow.resources.holders(resource, [plan.id])
        return Effect(name="lets_in", facts={"count": holders.exclusive, "all": holders.all})

    async def run(self, execution: Execution) -> Outcome:
        """Add the resource. A retired resource becomes active again."""
        resource, plan = await self.both(execution)
        if resource.soft_id in plan.opens:
            raise NothingToDo("it opens it already")
        if resource.is_retired:
            resource.return_to_use(execution.at)
            await execution.uow.resources.save(resource)
        await save_opens(execution, plan, (*plan.opens, resource.soft_id))
        audit = [audit_entry(resource, "resource.attached", plan=plan.soft_id)]
        return Outcome(name="attached", facts={"title": resource.title, "plan": plan.label}, audit=audit)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the plans that do not include the resource, as options."""
        return await plan_choices(uow, subject, includes_it=False)


class DetachResource(ChangeOpens):
    """Staff command that removes a chat from a plan. The plan's customers lose access at once, or at the end of their
    period.
    """

    name = "detach_resource"
    inputs = (OPENER, ENDS)
    outcomes = ("detached",)
    effects = ("loses_now", "loses_later")

    async def preview(self, execution: Execution) -> Effect:
        """Return the number of customers who would lose access, and of customers who keep access through
        another plan.
        """
        resource, plan = await self.both(execution)
        refuse_empty([plan], resource, OPENER)
        holders = await execution.uow.resources.holders(resource, [plan.id])
        name = "loses_now" if execution[ENDS] == AT_ONCE else "loses_later"
        return Effect(name=name, facts={"count": holders.exclusive, "kept": holders.all - holders.exclusive})

    async def run(self, execution: Execution) -> Outcome:
        """Remove the resource from the plan. Raises Wrong if the plan would include no other resource."""
        resource, plan = await self.both(execution)
        if resource.soft_id not in plan.opens:
            raise NothingToDo("it does not open it")
        refuse_empty([plan], resource, OPENER)
        await detach(execution, resource, plan, execution[ENDS])
        audit = [audit_entry(resource, "resource.detached", plan=plan.soft_id, ends=execution[ENDS])]
        return Outcome(name="detached", facts={"title": resource.title, "plan": plan.label}, audit=audit)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the options of an input: the plans that include the resource, or the times at which access can end."""
        return ends() if asked_input is ENDS else await plan_choices(uow, subject, includes_it=True)
