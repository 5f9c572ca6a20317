"""Plans as a file: taken out, changed by hand or kept under version control, and brought in again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from subscriptions.application.catalog.plan_catalog import PlanCatalog, own_prices
from subscriptions.application.catalog.plan_fields import BLANK, KNOWN, Record, plan_of, record_of
from subscriptions.application.catalog.plan_input import FIELD, clean_name, read_prices, save_edited, store_prices
from subscriptions.domain.entities.service_plan import ServicePlan, soft_id_from
from subscriptions.domain.errors import InvalidInput, RetryLater
from subscriptions.domain.events import PlanChanged
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.buyer_policy import refuse_unreachable
from subscriptions.domain.services.pricing import OwnPrices


@dataclass(frozen=True, kw_only=True)
class PlanDifference:
    """What bringing the file in does to one plan. changes: `old → new` by field; of a new plan, what it is.

    kind: `new`, `changed`, `same`, or `absent`: not in the file, and left as it is.
    """

    soft_id: str
    kind: str
    changes: Mapping[str, str]


@dataclass(frozen=True)
class PlanOfFile:
    """A plan as a file has it. prices: None where the file says nothing of them."""

    plan: ServicePlan
    prices: OwnPrices | None


class ExportPlans:
    """Every plan, also those switched off, in the order in which they are offered."""

    def __init__(self, units: UnitOfWorkFactory) -> None:
        self._units = units

    async def __call__(self) -> list[Record]:
        """One mapping per plan, of words and numbers alone."""
        async with self._units() as uow:
            prices = own_prices(await uow.plans.own_prices())
            return [record_of(plan, prices.get(plan.id, {})) for plan in await uow.plans.all(active_only=False)]


class ImportPlans:
    """Makes the plans what the file says; what is not in the file stays as it is."""

    def __init__(self, units: UnitOfWorkFactory, clock: Clock, plan_catalog: PlanCatalog) -> None:
        self._units = units
        self._clock = clock
        self._plan_catalog = plan_catalog

    async def __call__(self, records: object, *, dry_run: bool) -> Sequence[PlanDifference]:
        """All of it or nothing. dry_run: only tell the difference.

        Raises InvalidInput naming the place in the file, RetryLater where somebody changes plans at this moment.
        """
        async with self._units() as uow:
            service_plans = {plan.soft_id: plan for plan in await uow.plans.all(active_only=False)}
            records_by_name = self._all(service_plans, records)
            refuse_unreachable(
                list({**service_plans, **{soft_id: item.plan for soft_id, item in records_by_name}}.values())
            )
            await refuse_unknown(uow, [item for _, item in records_by_name])
            agreed_prices = own_prices(await uow.plans.own_prices())
            differences = [
                await self._one(uow, service_plans.get(soft_id), item, agreed_prices, dry_run)
                for soft_id, item in records_by_name
            ]
            if not dry_run:
                await uow.commit()
                self._plan_catalog.forget()
        absent_names = [name for name in service_plans if name not in dict(records_by_name)]
        return [*differences, *(PlanDifference(soft_id=name, kind="absent", changes={}) for name in absent_names)]

    def _all(self, service_plans: Mapping[str, ServicePlan], records: object) -> list[tuple[str, PlanOfFile]]:
        plans: dict[str, PlanOfFile] = {}
        for number, record in enumerate(_records_in(records), start=1):
            try:
                record_plan = read_plan(record, service_plans, self._clock.now())
            except InvalidInput as error:
                raise InvalidInput(f"plans[{number}].{error.field}", error.problem) from error
            soft_id = record_plan.plan.soft_id
            if soft_id in plans:
                raise InvalidInput("plans", f"{soft_id} stands there twice")
            plans[soft_id] = record_plan
        return list(plans.items())

    async def _one(
        self,
        uow: UnitOfWork,
        service_plan: ServicePlan | None,
        record_plan: PlanOfFile,
        agreed_prices: Mapping[PlanId, OwnPrices],
        dry_run: bool,
    ) -> PlanDifference:
        had = agreed_prices.get(record_plan.plan.id, {})
        prices = had if record_plan.prices is None else record_plan.prices
        old = record_of(service_plan, had) if service_plan is not None else {}
        new = record_of(record_plan.plan, prices)
        changes = {
            name: f"{_text_of(old.get(name))} → {_text_of(new.get(name))}" if service_plan else _text_of(new.get(name))
            for name in {**old, **new}
            if old.get(name) != new.get(name)
        }
        if changes and not dry_run:
            await self._write(uow, service_plan, record_plan.plan, changes)
            await store_prices(uow, record_plan.plan.id, had, prices)
        kind = "new" if service_plan is None else "changed" if changes else "same"
        return PlanDifference(soft_id=record_plan.plan.soft_id, kind=kind, changes=changes)

    async def _write(
        self, uow: UnitOfWork, service_plan: ServicePlan | None, plan: ServicePlan, changes: Mapping[str, str]
    ) -> None:
        now = self._clock.now()
        if service_plan is None:
            await uow.plans.save(plan)
        else:
            plan.updated_at, plan.updated_by = now, None
            if not await save_edited(uow, service_plan, plan):
                raise RetryLater(f"{plan.soft_id} was changed by somebody at this moment")
        await uow.audit.record(
            actor="operator",
            action="plan.created" if service_plan is None else "plan.updated",
            subject=str(plan.id),
            why="brought in from a file",
            at=now,
            facts={"plan": plan.soft_id, **changes},
        )
        uow.record(PlanChanged(plan.id))


def read_plan(record: object, service_plans: Mapping[str, ServicePlan], now: datetime) -> PlanOfFile:
    """A plan as the file has it; what the file leaves out stays, or is as for a new plan. Raises InvalidInput."""
    if not isinstance(record, dict):
        raise InvalidInput("plan", "must be a mapping of fields")
    strange = sorted(str(name) for name in record if name not in KNOWN)
    if strange:
        raise InvalidInput(strange[0], f"is no field of a plan; these are: {', '.join(sorted(KNOWN))}")
    name = clean_name(str(record.get("name", "")))
    soft_id = str(record.get("soft_id") or soft_id_from(name))
    service_plan = service_plans.get(soft_id)
    full = {
        **(record_of(service_plan, {}) if service_plan is not None else BLANK),
        **record,
        "name": name,
        "soft_id": soft_id,
    }
    if "interval" in record and "days" not in record:
        full["days"] = None
    elif "days" in record and "interval" not in record:
        full["interval"] = None
    plan = plan_of(full, service_plan, now)
    if service_plan is None and not record.get("currency"):
        # Never a guess: a price in another currency than was meant is charged.
        raise InvalidInput("currency", "is missing; write for example EUR")
    prices = read_prices(record[FIELD], plan.price.currency) if FIELD in record else None
    return PlanOfFile(plan, prices)


async def refuse_unknown(uow: UnitOfWork, plans: Sequence[PlanOfFile]) -> None:
    """Raise InvalidInput naming the plan that opens what is no resource."""
    opened_names = {name for item in plans for name in item.plan.opens}
    known_names = {each.soft_id for each in await uow.resources.named(opened_names) if not each.is_retired}
    for item in plans:
        missing = [name for name in item.plan.opens if name not in known_names]
        if missing:
            raise InvalidInput(
                f"plans.{item.plan.soft_id}.opens", f"{missing[0]} is no resource in use; `umbral resources` lists them"
            )


def _records_in(records: object) -> list[object]:
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
