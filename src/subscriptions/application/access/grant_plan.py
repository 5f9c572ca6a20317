"""Staff command that gives a plan without payment."""

from typing import Any, Final

from subscriptions.application.access.give_time import GiveTime
from subscriptions.application.access.plan_chats import leads_nowhere
from subscriptions.application.access.staff_access import (
    alert_owners,
    end_without_hold,
    refuse_for_life,
    time_grant_of,
)
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Wrong
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import DAYS_GIVEN, PLAN, REASON, Choice, Input, InputKind
from subscriptions.domain.events import AccessMoved
from subscriptions.domain.ids import CustomerId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

_USUAL: Final = (7, 30)


class GrantPlan(StaffCommand):
    """Staff command that gives a customer a plan: a new subscription, or more time on the current one."""

    name = "grant"
    permission = StaffAction.GRANT_PLAN
    subject = SubjectKind.CUSTOMER
    inputs = (PLAN, DAYS_GIVEN, REASON)
    outcomes = ("granted",)

    give_time: GiveTime
    policy: Policy

    async def run(self, execution: Execution) -> Outcome:
        """Record the granted access time in the ledger once, and notify the customer."""
        uow = execution.uow
        customer, plan = (
            await uow.customers.get(CustomerId(execution.subject_id)),
            await uow.plans.by_soft_id(execution[PLAN]),
        )
        if customer is None:
            raise NothingToDo("gone")
        if plan is None:
            raise Wrong("plan", question=PLAN.name)
        if await leads_nowhere(uow, plan):
            raise Wrong("channel", question=PLAN.name)
        given_time = await self.give_time.find(uow, customer, plan, plan.price, execution.at)
        refuse_for_life(given_time.subscription)
        time_grant = time_grant_of(execution, plan.price, execution[DAYS_GIVEN], execution[REASON])
        await self.give_time.add(uow, given_time, customer, plan, time_grant, execution.at)
        uow.record(AccessMoved(given_time.subscription.id, customer.id, str(execution.operation)))
        await alert_owners(execution, customer, plan, given_time.subscription, self.policy.unreported_grant)
        entry = AuditEntry(subject=customer.id, facts={"plan": plan.soft_id, "days": str(execution[DAYS_GIVEN])})
        end = await end_without_hold(uow, given_time.subscription, execution.at)
        return Outcome(name="granted", facts={"until": end or execution.at}, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the choices for an input: the plans on sale, or common numbers of days."""
        if asked_input is PLAN:
            return [Choice(plan.soft_id, plan.label) for plan in await uow.plans.all()]
        return [Choice(str(days)) for days in _USUAL] if asked_input.kind is InputKind.DAYS else []
