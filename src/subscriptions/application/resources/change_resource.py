"""Staff commands that rename, retire and delete resources."""

from typing import Any, Final

from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.dto.typed_answers import Wrong, required_words
from subscriptions.application.resources.staff_resources import (
    ENDS,
    audit_entry,
    detach,
    ends,
    plans_of,
    refuse_empty,
    resource_of,
)
from subscriptions.application.staff.command import (
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.resource import TITLE_LIMIT, Holders
from subscriptions.domain.ids import ResourceId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

TITLE: Final[Input[str]] = Input(
    name="title",
    kind=InputKind.TEXT,
    parse=required_words(TITLE_LIMIT, "title_long", "title_empty"),
    value=str,
    limits=(1, TITLE_LIMIT),
)


class ChangeResource(StaffCommand):
    """Base class of commands on one resource."""

    permission = StaffAction.CHANGE_RESOURCES
    subject = SubjectKind.RESOURCE


class RenameResource(ChangeResource):
    """Staff command that changes the title that customers see for a chat. The title in Telegram does not change."""

    name = "rename_resource"
    inputs = (TITLE,)
    outcomes = ("renamed",)

    async def run(self, execution: Execution) -> Outcome:
        """Store the new title, which then appears everywhere."""
        resource = await resource_of(execution)
        if kind_of(resource).for_one:
            raise Wrong("title_personal", question=TITLE.name)
        channel_row = await execution.uow.resources.channel(resource.id)
        channel = await execution.uow.channels.get(channel_row.id, lock=True) if channel_row is not None else None
        old_title = channel.title if channel is not None else resource.title
        resource.rename(execution[TITLE], execution.at)
        await execution.uow.resources.save(resource)
        if channel is not None:
            channel.title = resource.title
            await execution.uow.channels.save(channel)
        facts = {"title": resource.title, "before": old_title}
        return Outcome(name="renamed", facts=facts, audit=[audit_entry(resource, "resource.renamed", **facts)])


class RetireResource(ChangeResource):
    """Staff command that retires a chat, so that no plan includes it. Customers lose access at once, or at the end of
    their period.
    """

    name = "retire_resource"
    inputs = (ENDS,)
    outcomes = ("retired",)
    is_dangerous = True
    effects = ("loses", "loses_nobody")

    plan_catalog: PlanCatalog

    async def preview(self, execution: Execution) -> Effect:
        """Return the number of customers who would lose access."""
        resource, plans = await resource_of(execution), await self._plans(execution)
        holders = Holders(0, 0)
        if plans:
            holders = await execution.uow.resources.holders(resource, [plan.id for plan in plans])
        if not holders.all:
            return Effect(name="loses_nobody")
        names = ", ".join(plan.label for plan in plans)
        return Effect(name="loses", facts={"count": holders.all, "plans": names})

    async def run(self, execution: Execution) -> Outcome:
        """Retire the resource. Raises Wrong if a plan includes no other resource."""
        resource, plans = await resource_of(execution), await self._plans(execution)
        for plan in plans:
            await detach(execution, resource, plan, execution[ENDS])
        resource.retire(execution.at)
        await execution.uow.resources.save(resource)
        facts = {"plans": ", ".join(plan.soft_id for plan in plans), "ends": execution[ENDS]}
        audit = [audit_entry(resource, "resource.retired", **facts)]
        return Outcome(name="retired", facts={"title": resource.title}, audit=audit)

    async def _plans(self, execution: Execution) -> list[Any]:
        resource = await resource_of(execution)
        if resource.is_built_in:
            raise Wrong("resource_built_in", question=ENDS.name)
        if resource.is_retired:
            raise NothingToDo("retired already")
        plans = await plans_of(execution.uow, resource, includes_it=True)
        refuse_empty(plans, resource, ENDS)
        return plans

    async def after_commit(self) -> None:
        """Drop this process's cached catalog."""
        self.plan_catalog.forget()

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the times at which access can end, as options."""
        return ends()


class DeleteResource(ChangeResource):
    """Staff command that deletes a chat that no plan includes and to which no customer ever had access. Other chats can
    only be retired.
    """

    name = "delete_resource"
    outcomes = ("deleted", "in_use")
    is_dangerous = True

    async def run(self, execution: Execution) -> Outcome:
        """Delete the resource. The Telegram chat itself is not changed."""
        resource = await resource_of(execution)
        if resource.is_built_in or not await execution.uow.resources.delete_if_unused(ResourceId(execution.subject_id)):
            return Outcome(name="in_use", facts={"title": resource.title})
        audit = [audit_entry(resource, "resource.deleted", title=resource.title)]
        return Outcome(name="deleted", facts={"title": resource.title}, audit=audit)
