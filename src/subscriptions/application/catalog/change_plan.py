"""Staff commands that put plans on sale, take plans off sale, delete plans, and accept or refuse the codes of plans
that are off sale.
"""

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar, Final

from subscriptions.application.catalog.plan_catalog import PlanCatalog, missing_of
from subscriptions.application.catalog.plan_input import save_edited
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.events import PlanChanged
from subscriptions.domain.ids import PlanId
from subscriptions.domain.services.staff_policy import StaffAction

_REASON: Final = "decided by the operator"


class ChangePlan(StaffCommand):
    """Base of the staff commands on one plan. The change does not affect current subscribers. `action`: audit action of
    the change.
    """

    permission = StaffAction.CHANGE_PLANS
    subject = SubjectKind.PLAN
    action: ClassVar[str]

    plan_catalog: PlanCatalog

    async def after_commit(self) -> None:
        """Drop this process's cached catalog."""
        self.plan_catalog.forget()

    async def run(self, execution: Execution) -> Outcome:
        """Save the change. Raises NothingToDo if nothing would change, or if the plan was changed concurrently."""
        plan = await self.plan(execution)
        service_plan = self.change(plan, execution)
        if service_plan == plan:
            raise NothingToDo("it is so already")
        service_plan.updated_at = execution.at
        service_plan.updated_by = execution.actor.telegram_id
        if not await save_edited(execution.uow, plan, service_plan):
            raise NothingToDo("somebody else changes it at this moment")
        execution.uow.record(PlanChanged(plan.id))
        return await self.outcome(execution, plan, self.report(plan, **self.facts(plan, service_plan)))

    async def outcome(self, execution: Execution, plan: ServicePlan, report: Outcome) -> Outcome:
        """Return the outcome of the command. `plan`: the plan before the change. `report`: default outcome, with its
        audit entry.
        """
        return report

    def facts(self, previous: ServicePlan, current: ServicePlan) -> dict[str, str]:
        """Return additional facts about the change for the audit entry, which always names the plan."""
        if current.honours_tokens is previous.honours_tokens:
            return {}
        return {"honoured": str(current.honours_tokens)}

    async def plan(self, execution: Execution) -> ServicePlan:
        """Return the command's plan. Raises NothingToDo if the plan was deleted."""
        plan = await execution.uow.plans.get(PlanId(execution.subject_id))
        if plan is None:
            raise NothingToDo("gone")
        return plan

    def report(self, plan: ServicePlan, **facts: str) -> Outcome:
        """Return the default outcome, which is the first of the command's `outcomes`, with an audit entry about the
        plan.
        """
        entry = AuditEntry(subject=plan.id, action=self.action, facts={"plan": plan.soft_id, **facts}, reason=_REASON)
        return Outcome(name=self.outcomes[0], facts={"plan": plan.label}, audit=[entry])

    @abstractmethod
    def change(self, plan: ServicePlan, execution: Execution) -> ServicePlan:
        """Return the changed plan."""


class ActivatePlan(ChangePlan):
    """Staff command that puts a plan on sale."""

    name = "activate_plan"
    outcomes = ("activated", "activated_unsold")
    action = "plan.switched_on"

    async def outcome(self, execution: Execution, plan: ServicePlan, report: Outcome) -> Outcome:
        """Return the outcome, with the included resources that are not set up. The plan is not sold until they are set
        up.
        """
        missing = (await missing_of(execution.uow, [plan]))[plan.id]
        if not missing:
            return report
        return replace(report, name="activated_unsold", facts={**report.facts, "missing": ", ".join(missing)})

    def change(self, plan: ServicePlan, execution: Execution) -> ServicePlan:
        return replace(plan, active=True)


class WithdrawPlan(ChangePlan):
    """Staff command that takes a plan off sale."""

    name = "withdraw_plan"
    outcomes = ("withdrawn",)
    action = "plan.switched_off"

    def change(self, plan: ServicePlan, execution: Execution) -> ServicePlan:
        return replace(plan, active=False)


class HonourCodes(ChangePlan):
    """Staff command that allows existing activation codes to be redeemed while the plan is off sale."""

    name = "honour_codes"
    outcomes = ("honoured",)
    action = "plan.tokens"

    def change(self, plan: ServicePlan, execution: Execution) -> ServicePlan:
        return replace(plan, honours_tokens=True)


class RefuseCodes(ChangePlan):
    """Staff command that prevents existing activation codes from being redeemed while the plan is off sale."""

    name = "refuse_codes"
    outcomes = ("refused",)
    action = "plan.tokens"

    def change(self, plan: ServicePlan, execution: Execution) -> ServicePlan:
        return replace(plan, honours_tokens=False)


class DeletePlan(ChangePlan):
    """Staff command that deletes a plan. A plan with purchases or codes, or that another plan requires, can't be
    deleted, only taken off sale."""

    name = "delete_plan"
    outcomes = ("deleted", "in_use")
    is_dangerous = True
    action = "plan.deleted"

    async def run(self, execution: Execution) -> Outcome:
        """Delete the plan. Raises NothingToDo if the plan has been deleted already."""
        plan = await self.plan(execution)
        required = any(plan.soft_id in each.holders_of for each in await execution.uow.plans.all(active_only=False))
        if required or not await execution.uow.plans.delete_if_unused(plan.id):
            return Outcome(name="in_use", facts={"plan": plan.label})
        return self.report(plan, name=plan.name)

    def change(self, plan: ServicePlan, execution: Execution) -> ServicePlan:
        """Return the plan unchanged, because a deleted plan is not saved."""
        return plan
