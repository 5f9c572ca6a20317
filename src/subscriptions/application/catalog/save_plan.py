"""Staff command that saves a complete plan, used by the forms of the chat and the console, and by programs."""

import json
from dataclasses import replace
from typing import Any, Final

from subscriptions.application.catalog.method_prices import MethodPrices
from subscriptions.application.catalog.plan_catalog import PlanCatalog, list_chats, missing_of, own_prices
from subscriptions.application.catalog.plan_fields import Record
from subscriptions.application.catalog.plan_files import PlanOfFile, read_plan, refuse_unknown
from subscriptions.application.catalog.plan_input import (
    FIELD,
    differences,
    free_soft_id,
    price_answers,
    refuse_unreachable,
    save_edited,
    store_prices,
)
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, optional, whole
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.events import PlanChanged
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.promise_policy import promises_of
from subscriptions.domain.services.staff_policy import StaffAction

LONGEST: Final = 20_000
"""Maximum number of characters of a plan's JSON record."""


def _record(answer: Answer, _: Answers) -> str:
    try:
        record = json.loads(answer.text) if len(answer.text) <= LONGEST else None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise Wrong("plan_record")
    return json.dumps(record, sort_keys=True)


RECORD: Final[Input[Record]] = Input(
    name="record", kind=InputKind.PARAGRAPH, parse=_record, value=json.loads, limits=(2, LONGEST)
)
"""Input for a plan as a JSON object, with the field names of a plan file."""
VERSION: Final[Input[int]] = Input(
    name="version",
    kind=InputKind.NUMBER,
    parse=optional(whole(1, 10**6, "plan_version")),
    value=lambda text: int(text or 0),
    limits=(1, 10**6),
    default="",
)
"""Input for the version of the plan that was shown; empty for a new plan."""


class SavePlan(StaffCommand):
    """Staff command that creates or changes a plan, either completely or not at all. Fields missing in the record keep
    their values.
    """

    plan_catalog: PlanCatalog
    policy: Policy
    method_prices: MethodPrices

    name = "save_plan"
    permission = StaffAction.CHANGE_PLANS
    subject = SubjectKind.SHOP
    makes = SubjectKind.PLAN
    inputs = (RECORD, VERSION)
    outcomes = ("made", "made_unsold", "saved", "saved_unsold")

    async def after_commit(self) -> None:
        """Drop this process's cached catalog."""
        self.plan_catalog.forget()

    async def run(self, execution: Execution) -> Outcome:
        """Save the plan. Raises Wrong with the name of the invalid field, or if the plan was changed after it was
        shown.

        Forms list the phrases in the plan's texts that guarantee success before the plan is saved. A program has no
        form and receives these phrases in the outcome.
        """
        previous = await self._find_previous(execution)
        plan, current, prices = await self._parse(execution, previous)
        staff_id = execution.actor.telegram_id
        if previous is None:
            plan = replace(plan, id=PlanId(execution.operation), created_by=staff_id)
            await execution.uow.plans.save(plan)
            facts = {"price": str(plan.price)}
        else:
            plan.updated_at, plan.updated_by = execution.at, staff_id
            if not await save_edited(execution.uow, previous, plan):
                raise await _conflict(execution.uow, previous)
            facts = differences(previous, plan)
        if current != prices:
            facts[FIELD] = f"{price_answers(current)} → {price_answers(prices)}"
        await store_prices(execution.uow, plan.id, current, prices)
        execution.uow.record(PlanChanged(plan.id))
        entry = AuditEntry(
            subject=plan.id,
            action="plan.created" if previous is None else "plan.updated",
            facts={"plan": plan.soft_id, **facts},
            reason="decided by the operator",
        )
        name = "made" if previous is None else "saved"
        missing = (await missing_of(execution.uow, [plan]))[plan.id] if plan.active else ()
        if missing:
            name = f"{name}_unsold"
        promises = ", ".join(promises_of(plan, self.policy.promises))
        outcome_facts = {
            "plan": plan.label,
            "soft_id": plan.soft_id,
            "promises": promises,
            "missing": ", ".join(missing),
        }
        return Outcome(name=name, facts=outcome_facts, audit=[entry])

    async def _find_previous(self, execution: Execution) -> ServicePlan | None:
        soft_id, version = str(execution[RECORD].get("soft_id") or ""), execution[VERSION]
        plan = await execution.uow.plans.by_soft_id(soft_id) if soft_id else None
        if version and plan is None:
            raise NothingToDo("there is no plan of this soft_id")
        if plan is not None and not version:
            raise Wrong("plan_taken", question=VERSION.name, soft_id=soft_id, version=str(plan.version))
        if plan is not None and plan.version != version:
            raise await _conflict(execution.uow, plan)
        return plan

    async def _parse(self, execution: Execution, previous: ServicePlan | None) -> tuple[ServicePlan, Any, Any]:
        record = execution[RECORD]
        try:
            if previous is None and not record.get("soft_id"):
                record["soft_id"] = await free_soft_id(execution.uow, str(record.get("name", "")))
            of_file: PlanOfFile = read_plan(
                record,
                {previous.soft_id: previous} if previous is not None else {},
                execution.at,
                await list_chats(execution.uow),
            )
            await refuse_unreachable(execution.uow, of_file.plan)
            await refuse_unknown(execution.uow, [of_file])
            current = own_prices(await execution.uow.plans.own_prices(of_file.plan.id)).get(of_file.plan.id, {})
            prices = current if of_file.prices is None else of_file.prices
            if previous is None or (previous.price, current) != (of_file.plan.price, prices):
                self.method_prices.refuse_plan(of_file.plan, prices)
        except InvalidInput as error:
            field = error.field.rpartition(".")[2]
            raise Wrong("plan_field", question=RECORD.name, field=field, problem=error.problem) from error
        return of_file.plan, current, prices


async def _conflict(uow: UnitOfWork, plan: ServicePlan) -> Wrong:
    colleague = await uow.customers.by_telegram_id(plan.updated_by) if plan.updated_by is not None else None
    editor = colleague.mention if colleague is not None else str(plan.updated_by or "–")
    return Wrong("meanwhile", question=RECORD.name, by=editor, what="–")
