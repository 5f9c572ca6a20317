"""Staff command that adds time to a subscription or removes it."""

from typing import Any

from subscriptions.application.access.give_time import GiveTime, TimeTarget
from subscriptions.application.access.staff_access import (
    alert_owners,
    end_after,
    end_without_hold,
    live_subscription,
    time_grant_of,
)
from subscriptions.application.dto.policy import Policy
from subscriptions.application.staff.command import AuditEntry, Execution, Outcome, StaffCommand, Subject, SubjectKind
from subscriptions.application.staff.inputs import DAYS, REASON, Choice, Input, InputKind
from subscriptions.domain.events import AccessMoved
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction


class ExtendAccess(StaffCommand):
    """Staff command that extends or shortens a subscription by a number of days. An end in the past is refused; to end
    access now, staff use the command that removes access.
    """

    name = "extend"
    permission = StaffAction.EXTEND_ACCESS
    subject = SubjectKind.SUBSCRIPTION
    inputs = (DAYS, REASON)
    outcomes = ("extended",)

    give_time: GiveTime
    policy: Policy

    async def run(self, execution: Execution) -> Outcome:
        """Record the change of access time in the ledger once, and notify the customer."""
        subscription, customer, plan = await live_subscription(execution)
        days = execution[DAYS]
        access_end = await end_without_hold(execution.uow, subscription, execution.at)
        end = end_after(subscription, access_end, days, execution.at, self.policy.renewal_notice)
        time_grant = time_grant_of(execution, subscription.price, days, execution[REASON])
        given_time = TimeTarget(subscription=subscription, is_extension=True)
        await self.give_time.add(execution.uow, given_time, customer, plan, time_grant, execution.at)
        execution.uow.record(AccessMoved(subscription.id, customer.id, str(execution.operation)))
        await alert_owners(execution, customer, plan, subscription, self.policy.unreported_grant)
        entry = AuditEntry(subject=customer.id, facts={"plan": plan.soft_id, "days": str(days)})
        new_end = await end_without_hold(execution.uow, subscription, execution.at)
        return Outcome(name="extended", facts={"until": new_end or end}, audit=[entry])

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return common numbers of days as choices."""
        return [Choice(str(days)) for days in (1, 3, 7, 30)] if asked_input.kind is InputKind.DAYS else []
