"""Repositories of plans, and of the operator's choice of payment methods."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, exists, func, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PlanId
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from subscriptions.infrastructure.database.mapping import RowMapper
from subscriptions.infrastructure.database.tables import (
    payment_methods,
    plan_payment_prices,
    plan_resources,
    resources,
    service_plans,
    subscriptions,
)
from subscriptions.infrastructure.database.tables.subscriptions import IS_LIVE
from subscriptions.infrastructure.repositories.store import Repository, TableStore, Unit, verbatim

PLAN: Final = RowMapper(ServicePlan, read_only={"opens", "refused_by"})
OPENS: Final = (
    func.array(
        select(resources.c.soft_id)
        .join(plan_resources, plan_resources.c.resource_id == resources.c.id)
        .where(plan_resources.c.plan_id == service_plans.c.id)
        .order_by(plan_resources.c.position, resources.c.soft_id)
        .correlate(service_plans)
        .scalar_subquery()
    )
).label("opens")
"""SQL of the slugs of the plan's resources, which are read in the same statement as the plan."""
REFUSED_BY: Final = (
    select(func.string_agg(plan_payment_prices.c.provider, " "))
    .where(plan_payment_prices.c.plan_id == service_plans.c.id, plan_payment_prices.c.fault.is_not(None))
    .correlate(service_plans)
    .scalar_subquery()
).label("refused_by")
"""SQL of the providers that refuse the plan's price."""
PRICE: Final = RowMapper(PlanPaymentPrice)

METHOD: Final = RowMapper(PaymentMethod)

_IS_LIVE: Final = verbatim(f"subscriptions.{IS_LIVE}")

METHODS_LOCK: Final = 5_021_907
"""Key of the advisory lock for changes of the methods' order. Rows cannot be locked, because some do not exist yet."""


class SqlPlanRepository(Repository[PlanId, ServicePlan]):
    """PlanRepository in PostgreSQL."""

    table = service_plans
    mapper = PLAN
    more_columns = (OPENS, REFUSED_BY)

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit)
        self._prices = TableStore(unit, plan_payment_prices, PRICE)

    async def by_soft_id(self, soft_id: str) -> ServicePlan | None:
        """Return the plan with this slug; None if there is none."""
        return await self._rows.one(soft_id=soft_id)

    async def all(self, *, active_only: bool = True) -> Sequence[ServicePlan]:
        """Return the plans in the order in which they are offered: by position, then the oldest first."""
        columns = service_plans.c
        return await self._rows.many(
            columns.active if active_only else true(),
            order=(columns.position.asc(), columns.created_at.asc(), columns.soft_id.asc()),
            skips_unreadable=True,
        )

    async def save(self, plan: ServicePlan) -> None:
        """Save all fields of the plan and its resources."""
        await self._rows.save(plan)
        await self._open(plan)

    async def save_if_unchanged(self, plan: ServicePlan, version: int) -> bool:
        """Save the plan with the next version number. If the plan has changed since `version`, save nothing and return
        False.
        """
        columns = service_plans.c
        row = PLAN.to_row(plan) | {"version": version + 1}
        statement = update(service_plans).where(columns.id == plan.id, columns.version == version).values(row)
        result = await self._unit.connection.execute(statement.returning(columns.id))
        if result.first() is None:
            return False
        plan.version = version + 1
        await self._open(plan)
        return True

    async def _open(self, plan: ServicePlan) -> None:
        """Save the list of the plan's resources in order. Raises InvalidInput for an unknown resource."""
        columns = resources.c
        result = await self._unit.connection.execute(
            select(columns.id, columns.soft_id).where(columns.soft_id.in_(plan.opens))
        )
        ids_by_name = {row.soft_id: row.id for row in result}
        unknown = [name for name in plan.opens if name not in ids_by_name]
        if unknown:
            raise InvalidInput("opens", f"{unknown[0]} is no resource; `umbral resources` lists them")
        ids = [ids_by_name[name] for name in plan.opens]
        mine = plan_resources.c.plan_id == plan.id
        await self._rows.run(delete(plan_resources).where(mine, plan_resources.c.resource_id.not_in(ids)))
        for position, resource_id in enumerate(ids):
            row = {"plan_id": plan.id, "resource_id": resource_id, "position": position}
            addition = insert(plan_resources).values(row)
            keys = [plan_resources.c.plan_id, plan_resources.c.resource_id]
            await self._rows.run(addition.on_conflict_do_update(index_elements=keys, set_={"position": position}))

    async def delete_if_unused(self, plan_id: PlanId) -> bool:
        """Delete a plan. Return False if the plan does not exist or another row references it; the transaction remains
        usable.
        """
        # The database would only forget the scheduled change, but the provider would still charge the plan's price.
        is_expected = exists().where(subscriptions.c.next_plan_id == plan_id, _IS_LIVE)
        unused = service_plans.c.id == plan_id, ~is_expected
        statement = delete(service_plans).where(*unused).returning(service_plans.c.id)
        try:
            async with self._unit.connection.begin_nested():
                return (await self._unit.connection.execute(statement)).first() is not None
        except IntegrityError:
            return False

    async def price_at(self, plan_id: PlanId, provider: str) -> PlanPaymentPrice | None:
        """Return the plan's price object at one provider; None if there is none."""
        return await self._prices.one(plan_id=plan_id, provider=provider)

    async def forget_prices(self, plan_id: PlanId, *, own: bool = False) -> None:
        """Delete the references to the plan's price objects at all providers. Price objects for the separate price that
        a provider charges are kept unless `own` is True; the separate prices themselves are always kept.
        """
        columns = plan_payment_prices.c
        if own:
            mine = update(plan_payment_prices).where(columns.plan_id == plan_id)
            await self._prices.run(mine.values(external_price_id=None, fault=None))
        await self._prices.run(
            delete(plan_payment_prices).where(columns.plan_id == plan_id, columns.price_minor.is_(None))
        )

    async def drop_price(self, plan_id: PlanId, provider: str) -> None:
        """Delete the plan's price object and separate price at one provider."""
        columns = plan_payment_prices.c
        await self._prices.run(
            delete(plan_payment_prices).where(columns.plan_id == plan_id, columns.provider == provider)
        )

    async def own_prices(self, plan_id: PlanId | None = None) -> Sequence[PlanPaymentPrice]:
        """Return the separate prices that providers charge instead of the plan's price. `plan_id`: None for the prices
        of all plans.
        """
        columns = plan_payment_prices.c
        return await self._prices.many(
            columns.price_minor.is_not(None),
            columns.plan_id == plan_id if plan_id is not None else true(),
            order=(columns.plan_id, columns.provider),
        )

    async def save_price(self, price: PlanPaymentPrice) -> None:
        await self._prices.save(price)

    async def list_priced(self, provider: str, external_price_id: str) -> Sequence[ServicePlan]:
        """Return the plans that use this price object of a provider, on offer or not, in the order in which they are
        offered.
        """
        prices, columns = plan_payment_prices.c, service_plans.c
        return await self._rows.all(
            select(service_plans, OPENS, REFUSED_BY)
            .join(plan_payment_prices, prices.plan_id == columns.id)
            .where(prices.provider == provider, prices.external_price_id == external_price_id)
            .order_by(columns.position.asc(), columns.created_at.asc(), columns.soft_id.asc())
        )


class SqlPaymentMethodRepository:
    """PaymentMethodRepository in PostgreSQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._methods = TableStore(unit, payment_methods, METHOD)

    async def all(self, *, lock: bool = False) -> Sequence[PaymentMethod]:
        """Return the payment methods in the operator's order."""
        if lock:
            await self._unit.connection.execute(select(func.pg_advisory_xact_lock(METHODS_LOCK)))
        return await self._methods.many(order=(payment_methods.c.position, payment_methods.c.provider))

    async def save(self, method: PaymentMethod) -> None:
        await self._methods.save(method)
