"""Staff command that sets how the statistics count a tip that is withdrawn before its event starts. The rule is fixed
once the plan has its first tip.
"""

from typing import Any, Final

from features.record.domain.record import WithdrawnRule
from features.record.ports.records import RECORDS_KEY
from subscriptions.application.dto.typed_answers import Wrong, one_of
from subscriptions.application.staff.command import (
    AuditEntry,
    Effect,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

RULE: Final[Input[WithdrawnRule]] = Input(
    name="rule", kind=InputKind.CHOICE, parse=one_of(list(WithdrawnRule)), value=WithdrawnRule
)


class ChooseWithdrawnRule(StaffCommand):
    """Staff command that sets how withdrawn tips count. It is refused after the plan's first tip, because a later
    change would alter published statistics.
    """

    name = "withdrawn_rule"
    begins = True
    permission = StaffAction.CHANGE_PLANS
    subject = SubjectKind.PLAN
    inputs = (RULE,)
    outcomes = ("chosen_void", "chosen_lost")
    effects = ("until_first_tip",)

    async def run(self, execution: Execution) -> Outcome:
        """Set the rule for withdrawn tips. Raises Wrong if the plan's tip record already has an entry."""
        plan_id = PlanId(execution.subject_id)
        plan = await execution.uow.plans.get(plan_id)
        if plan is None:
            raise NothingToDo("gone")
        previous_rule = await self._open(execution, plan_id)
        rule = execution[RULE]
        outcome, facts = f"chosen_{rule}", {"plan": plan.label}
        if rule is previous_rule:
            return Outcome(name=outcome, facts=facts)
        await execution.uow.of(RECORDS_KEY).choose_rule(plan_id, rule)
        entry = AuditEntry(
            subject=plan_id,
            action="plan.withdrawn_rule",
            facts={"plan": plan.soft_id, "from": str(previous_rule), "to": str(rule)},
            reason="decided by the operator",
        )
        return Outcome(name=outcome, facts=facts, audit=[entry])

    async def preview(self, execution: Execution) -> Effect:
        """Return an effect that says that the rule can be changed until the first tip is published. Raises the same
        errors as `run`.
        """
        await self._open(execution, PlanId(execution.subject_id))
        return Effect(name="until_first_tip")

    async def _open(self, execution: Execution, plan_id: PlanId) -> WithdrawnRule:
        """Return the current rule, and lock the plan's tip record, so that the first tip cannot be published at the
        same time. Raises Wrong if the tip record already has an entry.
        """
        if await execution.uow.of(RECORDS_KEY).head(plan_id, lock=True) is not None:
            raise Wrong("record_begun", question=RULE.name)
        return await execution.uow.of(RECORDS_KEY).rule(plan_id)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> list[Choice]:
        """Return the two rules for withdrawn tips as choices."""
        return [Choice(each.value) for each in WithdrawnRule] if asked_input is RULE else []
