"""Staff command that changes how customers join a channel."""

from typing import Any, Final

from features.vip.use_cases.end_ritual import end_ritual
from subscriptions.application.access.resource_kind import kind_of
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Wrong, choice
from subscriptions.application.resources.add_resource import check_entry, entry_choices
from subscriptions.application.resources.change_resource import ChangeResource
from subscriptions.application.resources.staff_resources import audit_entry, resource_of
from subscriptions.application.staff.command import Effect, Execution, NothingToDo, Outcome, Subject
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.entities.resource import EntryPolicy, Resource
from subscriptions.domain.ports.repositories.vip import VIP_ENTRIES_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork

ENTRY: Final[Input[EntryPolicy]] = Input(name="entry", kind=InputKind.CHOICE, parse=choice, value=EntryPolicy)


class ChangeEntry(ChangeResource):
    """Staff command that sets whether customers join a channel directly by a link or through the three entry steps.
    Members and customers with a link are not affected.

    Raises Wrong for the VIP channel, which VIP_ENTRY configures, for a kind of resource without entry steps, and for
    adding entry steps while the feature is being switched off.
    """

    name = "change_entry"
    inputs = (ENTRY,)
    outcomes = ("entry_changed",)
    effects = ("ritual_begins", "ritual_ends")

    policy: Policy

    async def preview(self, execution: Execution) -> Effect:
        """Return the effect of the change. If the entry steps are removed, the effect contains the number of customers
        who have not finished them.
        """
        resource = await self._resource(execution)
        if execution[ENTRY] is EntryPolicy.RITUAL:
            return Effect(name="ritual_begins")
        return Effect(
            name="ritual_ends", facts={"count": len(await execution.uow.of(VIP_ENTRIES_KEY).under_way(resource.id))}
        )

    async def run(self, execution: Execution) -> Outcome:
        """Apply the change for future entries. If the entry steps are removed, customers who have not finished them
        receive their link.
        """
        resource = await self._resource(execution)
        resource.let_in_by(execution[ENTRY], execution.at)
        await execution.uow.resources.save(resource)
        if not resource.has_ritual:
            await end_ritual(execution.uow, resource)
        audit = [audit_entry(resource, "resource.entry_changed", entry=str(execution[ENTRY]))]
        return Outcome(name="entry_changed", facts={"title": resource.title}, audit=audit)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the two entry policies as choices."""
        return entry_choices(self.policy)

    async def _resource(self, execution: Execution) -> Resource:
        resource = await resource_of(execution)
        check_entry(execution[ENTRY], kind_of(resource), self.policy, ENTRY)
        if resource.is_vip:
            raise Wrong("entry_of_vip", question=ENTRY.name)
        if execution[ENTRY] is resource.entry:
            raise NothingToDo("they come in so already")
        return resource
