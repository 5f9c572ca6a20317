"""Plans put on sale and withdrawn, their codes honoured and refused, and plans that nobody had deleted."""

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar, Final

from subscriptions.application.catalog.plan_catalog import PlanCatalog, missing_of
from subscriptions.application.catalog.plan_input import save_edited
from subscriptions.application.staff.command import Act, AuditEntry, NothingToDo, Outcome, StaffCommand, SubjectKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.events import PlanChanged
from subscriptions.domain.ids import PlanId
from subscriptions.domain.services.staff_policy import StaffAction

_REASON: Final = "decided by the operator"


class ChangePlan(StaffCommand):
    """What the acts on one plan share. Who has the plan keeps what they have. action: what the audit calls it."""

    permission = StaffAction.CHANGE_PLANS
    subject = SubjectKind.PLAN
    action: ClassVar[str]

    plan_catalog: PlanCatalog

    async def after_commit(self) -> None:
        """Have this process read the offer again."""
        self.plan_catalog.forget()

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo where it is so already, or somebody else changes the plan at this moment."""
        plan = await self.plan(act)
        service_plan = self.change(plan, act)
        if service_plan == plan:
            raise NothingToDo("it is so already")
        service_plan.updated_at = act.at
        service_plan.updated_by = act.actor.telegram_id
        if not await save_edited(act.uow, plan, service_plan):
            raise NothingToDo("somebody else changes it at this moment")
        act.uow.record(PlanChanged(plan.id))
        return await self.outcome(act, plan, self.report(plan, **self.facts(plan, service_plan)))

    async def outcome(self, act: Act, plan: ServicePlan, report: Outcome) -> Outcome:
        """The outcome that is reported of the change. plan: as it was before."""
        return report

    def facts(self, previous: ServicePlan, current: ServicePlan) -> dict[str, str]:
        """What the audit keeps of the change, beside the plan."""
        if current.honours_tokens is previous.honours_tokens:
            return {}
        return {"honoured": str(current.honours_tokens)}

    async def plan(self, act: Act) -> ServicePlan:
        """The plan it is about. Raises NothingToDo."""
        plan = await act.uow.plans.get(PlanId(act.subject_id))
        if plan is None:
            raise NothingToDo("gone")
        return plan

    def report(self, plan: ServicePlan, **facts: str) -> Outcome:
        """The first outcome, with what the audit keeps of it."""
        entry = AuditEntry(subject=plan.id, action=self.action, facts={"plan": plan.soft_id, **facts}, reason=_REASON)
        return Outcome(name=self.outcomes[0], facts={"plan": plan.label}, audit=[entry])

    @abstractmethod
    def change(self, plan: ServicePlan, act: Act) -> ServicePlan:
        """The plan as it is to be."""


class ActivatePlan(ChangePlan):
    """Put a plan on sale."""

    name = "activate_plan"
    outcomes = ("activated", "activated_unsold")
    action = "plan.switched_on"

    async def outcome(self, act: Act, plan: ServicePlan, report: Outcome) -> Outcome:
        """Say what of it nobody can enter yet, for which it is not sold."""
        missing = (await missing_of(act.uow, [plan]))[plan.id]
        if not missing:
            return report
        return replace(report, name="activated_unsold", facts={**report.facts, "missing": ", ".join(missing)})

    def change(self, plan: ServicePlan, act: Act) -> ServicePlan:
        """On sale."""
        return replace(plan, active=True)


class WithdrawPlan(ChangePlan):
    """Offer a plan to nobody any more."""

    name = "withdraw_plan"
    outcomes = ("withdrawn",)
    action = "plan.switched_off"

    def change(self, plan: ServicePlan, act: Act) -> ServicePlan:
        """Not on sale."""
        return replace(plan, active=False)


class HonourCodes(ChangePlan):
    """Have codes made before count while the plan is not on sale."""

    name = "honour_codes"
    outcomes = ("honoured",)
    action = "plan.tokens"

    def change(self, plan: ServicePlan, act: Act) -> ServicePlan:
        """They count."""
        return replace(plan, honours_tokens=True)


class RefuseCodes(ChangePlan):
    """Have codes made before count for nothing while the plan is not on sale."""

    name = "refuse_codes"
    outcomes = ("refused",)
    action = "plan.tokens"

    def change(self, plan: ServicePlan, act: Act) -> ServicePlan:
        """They do not count."""
        return replace(plan, honours_tokens=False)


class DeletePlan(ChangePlan):
    """Delete a plan that nobody bought and that has no codes; another one is withdrawn instead."""

    name = "delete_plan"
    outcomes = ("deleted", "in_use")
    action = "plan.deleted"

    async def run(self, act: Act) -> Outcome:
        """Raises NothingToDo where somebody deleted it before."""
        plan = await self.plan(act)
        if not await act.uow.plans.delete_if_unused(plan.id):
            return Outcome(name="in_use", facts={"plan": plan.label})
        return self.report(plan, name=plan.name)

    def change(self, plan: ServicePlan, act: Act) -> ServicePlan:
        """As it is: it goes as a whole."""
        return plan
