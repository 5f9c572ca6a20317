"""Export and import of plans as a file, for editing in a text editor or for version control."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from subscriptions.application.catalog.method_prices import MethodPrices
from subscriptions.application.catalog.plan_catalog import PlanCatalog, list_chats, own_prices
from subscriptions.application.catalog.plan_fields import BLANK, FIELD_NAMES, Record, plan_of, read_field, record_of
from subscriptions.application.catalog.plan_input import FIELD, read_prices, save_edited, store_prices
from subscriptions.application.dto.policy import Policy
from subscriptions.application.dto.typed_answers import Answer, Answers, Fact, Wrong
from subscriptions.application.dto.yaml_file import FileMapping, read_yaml
from subscriptions.application.staff.command import AuditEntry, Effect, Execution, Outcome, StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import Input, InputKind
from subscriptions.domain.entities.service_plan import ServicePlan, soft_id_from
from subscriptions.domain.errors import InvalidInput, RetryLater
from subscriptions.domain.events import PlanChanged
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.buyer_policy import refuse_unreachable
from subscriptions.domain.services.pricing import OwnPrices
from subscriptions.domain.services.promise_policy import promises_of
from subscriptions.domain.services.staff_policy import StaffAction

LETTERS: Final = 50_000
"""Maximum number of characters in a file. A file of this length fits into the 64 KiB body limit of the API and the
console.
"""
_LINES_SHOWN, _LETTERS_SHOWN = 12, 1_500
"""Maximum number of lines and of characters of the changes shown before the confirmation."""


@dataclass(frozen=True, kw_only=True)
class PlanDifference:
    """Changes of one plan by an import.

    changes: `old → new`, keyed by field; for a new plan, its values
    kind: `new`, `changed`, `same`, or `absent` for a plan that is missing in the file and is not changed
    promises: phrases in the plan's texts that guarantee success, which owners are warned about
    """

    soft_id: str
    kind: str
    changes: Mapping[str, str]
    promises: Sequence[str] = ()


@dataclass(frozen=True)
class PlanOfFile:
    """Plan read from a file. `prices`: None if the file contains no prices."""

    plan: ServicePlan
    prices: OwnPrices | None


@dataclass(frozen=True)
class ExportPlans:
    """Use case that exports every plan, including those switched off, in display order."""

    units: UnitOfWorkFactory

    async def __call__(self) -> list[Record]:
        """Return one mapping per plan, of text and numbers only."""
        async with self.units() as uow:
            prices = own_prices(await uow.plans.own_prices())
            return [record_of(plan, prices.get(plan.id, {})) for plan in await uow.plans.all(active_only=False)]


@dataclass(frozen=True)
class _PlanEntry:
    """Plan in the file, with the current version of the plan. `previous_prices`, `prices`: method prices before and
    after the import.
    """

    previous: ServicePlan | None
    plan: ServicePlan
    previous_prices: OwnPrices
    prices: OwnPrices

    @property
    def is_repriced(self) -> bool:
        """Return True if the file changes the plan's price for any payment method."""
        before = self.previous.price if self.previous is not None else None
        return (before, self.previous_prices) != (self.plan.price, self.prices)

    @property
    def difference(self) -> PlanDifference:
        """Return the changes that the import makes to the plan."""
        old = record_of(self.previous, self.previous_prices) if self.previous is not None else {}
        new = record_of(self.plan, self.prices)
        changes = {
            name: f"{_text_of(old.get(name))} → {_text_of(new.get(name))}" if self.previous else _text_of(new.get(name))
            for name in {**old, **new}
            if old.get(name) != new.get(name)
        }
        kind = "new" if self.previous is None else "changed" if changes else "same"
        return PlanDifference(soft_id=self.plan.soft_id, kind=kind, changes=changes)


@dataclass(frozen=True)
class ComparePlans:
    """Use case that compares a plan file with the current plans.

    `promises`: phrases that guarantee success, which are looked for in the texts of the plans
    """

    units: UnitOfWorkFactory
    clock: Clock
    promises: Sequence[str] = ()

    async def __call__(self, records: object) -> Sequence[PlanDifference]:
        """Return the changes of each plan in the file, followed by the plans missing in the file. Raises InvalidInput
        with the position of the error in the file.
        """
        async with self.units() as uow:
            of_file, absent_names = await _compare(uow, records, self.clock.now())
        absent = [PlanDifference(soft_id=name, kind="absent", changes={}) for name in absent_names]
        differences = [
            replace(each.difference, promises=promises_of(each.plan, self.promises) if each.difference.changes else ())
            for each in of_file
        ]
        return [*differences, *absent]


def _file(answer: Answer, _: Answers) -> str:
    if len(answer.text) > LETTERS:
        raise Wrong("plan_file_letters", limit=str(LETTERS))
    try:
        read_yaml(answer.text)
    except InvalidInput as error:
        raise Wrong("plan_file", problem=error.problem) from error
    return answer.text


FILE: Final[Input[object]] = Input(
    name="file", kind=InputKind.PARAGRAPH, parse=_file, value=read_yaml, limits=(2, LETTERS)
)
"""Input for a file of plans in the format that `umbral plans export` writes."""


class ImportPlans(StaffCommand):
    """Staff command that imports a plan file, either completely or not at all. Plans missing in the file are not
    changed.
    """

    plan_catalog: PlanCatalog
    policy: Policy
    method_prices: MethodPrices

    name = "import_plans"
    permission = StaffAction.CHANGE_PLANS
    subject = SubjectKind.SHOP
    inputs = (FILE,)
    outcomes = ("imported",)
    effects = ("listed", "listed_promising")

    async def after_commit(self) -> None:
        """Drop this process's cached catalog."""
        self.plan_catalog.forget()

    async def run(self, execution: Execution) -> Outcome:
        """Import the file. Raises Wrong with the position of an error in the file, and RetryLater if plans are changed
        concurrently.
        """
        of_file = await self._compare(execution)
        staff_id = execution.actor.telegram_id
        entries = [await _write(execution, each, staff_id) for each in of_file if each.difference.changes]
        return Outcome(name="imported", facts=_counts(of_file), audit=entries)

    async def preview(self, execution: Execution) -> Effect:
        """Return the numbers of new and changed plans, the first changes, and phrases in the plans' texts that
        guarantee success.
        """
        of_file = await self._compare(execution)
        lines = [
            f"{each.plan.soft_id}: {field}: {change}"
            for each in of_file
            if each.previous is not None
            for field, change in each.difference.changes.items()
        ]
        news = [f"+ {each.plan.soft_id}" for each in of_file if each.previous is None]
        facts = {**_counts(of_file), "text": "\n".join([*news, *lines][:_LINES_SHOWN])[:_LETTERS_SHOWN]}
        promises = {
            each.plan.soft_id: promises_of(each.plan, self.policy.promises)
            for each in of_file
            if each.difference.changes
        }
        phrases = ", ".join(
            f"{soft_id}: {phrase}" for soft_id, plan_promises in promises.items() for phrase in plan_promises
        )
        if phrases:
            return Effect(name="listed_promising", facts={**facts, "phrases": phrases[:_LETTERS_SHOWN]})
        return Effect(name="listed", facts=facts)

    async def _compare(self, execution: Execution) -> Sequence[_PlanEntry]:
        try:
            of_file = (await _compare(execution.uow, execution[FILE], execution.at))[0]
            for each in of_file:
                if each.is_repriced:
                    self.method_prices.refuse_plan(each.plan, each.prices)
        except InvalidInput as error:
            raise Wrong("plan_field", question=FILE.name, field=error.field, problem=error.problem) from error
        return of_file


def _counts(of_file: Sequence[_PlanEntry]) -> dict[str, Fact]:
    kinds = [each.difference.kind for each in of_file]
    return {"new": kinds.count("new"), "changed": kinds.count("changed")}


async def _compare(uow: UnitOfWork, records: object, now: datetime) -> tuple[Sequence[_PlanEntry], Sequence[str]]:
    """Return each plan of the file together with its stored version, and the slugs of plans missing in the file."""
    service_plans = {plan.soft_id: plan for plan in await uow.plans.all(active_only=False)}
    plans = _read_all(service_plans, records, now, await list_chats(uow))
    refuse_unreachable(list({**service_plans, **{soft_id: item.plan for soft_id, item in plans.items()}}.values()))
    await refuse_unknown(uow, list(plans.values()))
    agreed_prices = own_prices(await uow.plans.own_prices())
    of_file = []
    for soft_id, item in plans.items():
        current = agreed_prices.get(item.plan.id, {})
        of_file.append(
            _PlanEntry(service_plans.get(soft_id), item.plan, current, current if item.prices is None else item.prices)
        )
    return of_file, [name for name in service_plans if name not in plans]


def _read_all(
    service_plans: Mapping[str, ServicePlan], records: object, now: datetime, chats: Sequence[str]
) -> Mapping[str, PlanOfFile]:
    plans: dict[str, PlanOfFile] = {}
    for number, record in enumerate(_records_in(records), start=1):
        try:
            record_plan = read_plan(record, service_plans, now, chats)
            soft_id = record_plan.plan.soft_id
            if soft_id in plans:
                raise InvalidInput("soft_id", f"{soft_id} stands there twice; remove one of them")
        except InvalidInput as error:
            raise InvalidInput(f"plans[{number}].{error.field}", _on_line(record, error)) from error
        plans[soft_id] = record_plan
    return plans


async def _write(execution: Execution, each: _PlanEntry, staff_id: TelegramId | None) -> AuditEntry:
    plan = each.plan
    if each.previous is None:
        await execution.uow.plans.save(plan)
    else:
        plan.updated_at, plan.updated_by = execution.at, staff_id
        if not await save_edited(execution.uow, each.previous, plan):
            raise RetryLater(f"{plan.soft_id} was changed by somebody at this moment")
    await store_prices(execution.uow, plan.id, each.previous_prices, each.prices)
    execution.uow.record(PlanChanged(plan.id))
    return AuditEntry(
        subject=plan.id,
        action="plan.created" if each.previous is None else "plan.updated",
        facts={"plan": plan.soft_id, **each.difference.changes},
        reason="brought in from a file",
    )


def read_plan(
    record: object, service_plans: Mapping[str, ServicePlan], now: datetime, chats: Sequence[str] = ()
) -> PlanOfFile:
    """Return the plan that a record of the file describes. A missing field keeps its value, or gets the default of a
    new plan.

    `chats`: slugs of the shared chats that customers can join. If there is only one, a new plan without `opens` and
        `access` includes it. With several chats the plan is refused, so that access to a chat is never sold by mistake.
        Raises InvalidInput.
    """
    if not isinstance(record, dict):
        raise InvalidInput("plan", "must be a mapping of fields")
    strange = sorted(str(name) for name in record if name not in FIELD_NAMES)
    if strange:
        raise InvalidInput(strange[0], f"is no field of a plan; these are: {', '.join(sorted(FIELD_NAMES))}")
    name = read_field("name", record.get("name", ""))
    soft_id = str(record.get("soft_id") or soft_id_from(name))
    service_plan = service_plans.get(soft_id)
    full = {
        **(record_of(service_plan, {}) if service_plan is not None else BLANK),
        **record,
        "name": name,
        "soft_id": soft_id,
    }
    if service_plan is None and chats and not record.keys() & {"opens", "access"}:
        if len(chats) > 1:
            raise InvalidInput("opens", f"is missing; name what it opens of {', '.join(chats)}")
        full["opens"] = list(chats)
    if "interval" in record and "days" not in record:
        full["days"] = None
    elif "days" in record and "interval" not in record:
        full["interval"] = None
    plan = plan_of(full, service_plan, now)
    if service_plan is None and not record.get("currency"):
        # The currency is never guessed, because customers could be charged in the wrong currency.
        raise InvalidInput("currency", "is missing; write for example EUR")
    prices = read_prices(record[FIELD], plan.price.currency) if FIELD in record else None
    return PlanOfFile(plan, prices)


async def refuse_unknown(uow: UnitOfWork, plans: Sequence[PlanOfFile]) -> None:
    """Raise InvalidInput naming a plan that includes an unknown resource."""
    opened_names = {name for item in plans for name in item.plan.opens}
    known_names = {each.soft_id for each in await uow.resources.by_soft_ids(opened_names) if not each.is_retired}
    for item in plans:
        unknown = [name for name in item.plan.opens if name not in known_names]
        if unknown:
            raise InvalidInput(
                f"plans.{item.plan.soft_id}.opens", f"{unknown[0]} is no resource in use; `umbral resources` lists them"
            )


def _on_line(record: object, error: InvalidInput) -> str:
    """Return the description of a field's problem, with the field's line if the record is from a file."""
    field = error.field.partition(".")[0]
    field = "days" if field == "duration_days" else field
    return record.at(field, error.problem) if isinstance(record, FileMapping) else error.problem


def _records_in(records: object) -> list[object]:
    strange = sorted(records.keys() - {"plans"}) if isinstance(records, dict) else ()
    if strange:
        error = InvalidInput(strange[0], "stands beside `plans:`; a plan's fields belong in the list under it")
        raise InvalidInput(strange[0], _on_line(records, error))
    plan_records = records.get("plans") if isinstance(records, dict) else records
    if not isinstance(plan_records, list):
        raise InvalidInput("plans", "the file must hold a list of plans, under `plans:`")
    return plan_records


def _text_of(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {amount}" for name, amount in value.items())
    if isinstance(value, list):
        return ", ".join(value) or "-"
    return "-" if value in (None, "") else str(value)
