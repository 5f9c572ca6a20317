"""Operations on plans and prices for the operator's own code and the panel."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.catalog.plan_fields import read_field
from subscriptions.application.catalog.plan_input import (
    Price,
    as_plan_id,
    clean_days,
    clean_name,
    clean_price,
    differences,
    free_soft_id,
    refuse_unreachable,
    save_edited,
)
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.service_plan import USUAL, AccessKind, ServicePlan
from subscriptions.domain.errors import InvalidInput, UmbralError
from subscriptions.domain.events import PlanChanged
from subscriptions.domain.ids import PlanId, TelegramId, new_uuid
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

log = structlog.get_logger(__name__)


class PlanChangedMeanwhile(UmbralError):
    """Error: the plan was changed after it was shown, so nothing was saved. `plan`: current version of the plan."""

    def __init__(self, plan: ServicePlan) -> None:
        super().__init__(f"{plan.soft_id} is in version {plan.version} by now")
        self.plan = plan


class UnknownPlan(UmbralError):
    """Error: the plan does not exist."""


@dataclass(frozen=True)
class PricingService:
    """Use case that creates, changes and deletes plans and switches them on and off, for managers and owners. Every
    change is recorded in the audit log.

    by: Telegram id of the staff member, whose permission is checked; None for the operator's own code, which the audit
    log calls `operator`
    version: version of the plan as shown to the staff member; PlanChangedMeanwhile is raised if the current version
    differs
    """

    units: UnitOfWorkFactory
    staff_desk: StaffDesk
    clock: Clock
    plan_catalog: PlanCatalog

    async def create_plan(
        self, name: str, duration_days: int, price: Price, created_by: int, currency: str = "$"
    ) -> ServicePlan:
        """Create an active plan for the VIP channel that is paid once.

        `created_by`: Telegram id of the staff member. Raises NotAllowed, and InvalidInput naming `name`,
        `duration_days`, `price` or `currency`.
        """
        return await self.create(name, duration_days, price, created_by=created_by, currency=currency)

    async def create(
        self,
        name: str,
        duration_days: int,
        price: Price,
        *,
        created_by: int,
        currency: str = "$",
        access: AccessKind = USUAL,
        description: str = "",
        emoji: str = "",
    ) -> ServicePlan:
        """Create a plan that is paid once and includes the VIP channel or a personal channel, according to `access`.
        Raises the same errors as `create_plan`.
        """
        async with self.units() as uow:
            staff = await self._staff(uow, created_by)
            plan = ServicePlan(
                id=PlanId(new_uuid()),
                soft_id=await free_soft_id(uow, clean_name(name)),
                name=clean_name(name),
                emoji=emoji.strip(),
                description=description.strip(),
                price=clean_price(price, currency),
                recurring=False,
                interval=None,
                duration_days=clean_days(duration_days),
                access=access,
                position=max((plan.position for plan in await uow.plans.all(active_only=False)), default=0) + 1,
                created_at=self.clock.now(),
                created_by=TelegramId(created_by),
            )
            await uow.plans.save(plan)
            await self._end(uow, staff, "plan.created", plan, {"price": str(plan.price), "days": str(plan.days)})
        log.info("plan created", plan=plan.soft_id, by=created_by)
        return plan

    async def get_all_plans(self, active_only: bool = True) -> Sequence[ServicePlan]:
        """Return the plans in the operator's order."""
        async with self.units() as uow:
            return await uow.plans.all(active_only=active_only)

    async def get_plan_by_id(self, plan_id: UUID | str) -> ServicePlan | None:
        """Return the plan. Return None if it does not exist."""
        known_plan_id = as_plan_id(plan_id)
        if known_plan_id is None:
            return None
        async with self.units() as uow:
            return await uow.plans.get(known_plan_id)

    async def update_plan(
        self,
        plan_id: UUID | str,
        name: str | None = None,
        duration_days: int | None = None,
        price: Price | None = None,
        currency: str | None = None,
        *,
        by: int | None = None,
        version: int | None = None,
        **others: object,
    ) -> ServicePlan | None:
        """Change the given fields and return the plan. Return None if the plan does not exist. Current subscribers keep
        their price.

        `others`: further fields of `plan_fields.FIELDS`, as written in a file. Raises NotAllowed, InvalidInput with the
            name of the field, and PlanChangedMeanwhile.
        """
        async with self.units() as uow:
            staff = await self._staff(uow, by)
            plan = await self._find(uow, plan_id, version)
            if plan is None:
                return None
            service_plan = replace(plan)
            if name is not None:
                plan.name = clean_name(name)
            if duration_days is not None:
                _set_days(plan, clean_days(duration_days))
            if price is not None or currency is not None:
                plan.price = clean_price(
                    plan.price.decimal if price is None else price,
                    plan.price.currency if currency is None else currency,
                )
            plan = replace(plan, **{field: read_field(field, value) for field, value in others.items()})
            await refuse_unreachable(uow, plan)
            await self._write(uow, staff, "plan.updated", service_plan, plan, by, differences(service_plan, plan))
        return plan

    async def toggle_plan_status(
        self, plan_id: UUID | str, *, by: int | None = None, version: int | None = None
    ) -> ServicePlan | None:
        """Activate or deactivate the plan and return it. Return None if the plan does not exist. Raises the same errors
        as `update_plan`.
        """
        async with self.units() as uow:
            staff = await self._staff(uow, by)
            plan = await self._find(uow, plan_id, version)
            if plan is None:
                return None
            service_plan = replace(plan)
            plan.active = not plan.active
            action = "plan.switched_on" if plan.active else "plan.switched_off"
            await self._write(uow, staff, action, service_plan, plan, by, {})
        return plan

    async def delete_plan(self, plan_id: UUID | str, *, by: int | None = None) -> bool:
        """Delete a plan. Return False if the plan does not exist, has codes, orders or subscriptions, or is required by
        another plan.

        A plan in use can be taken off sale instead.
        """
        async with self.units() as uow:
            staff = await self._staff(uow, by)
            plan = await self._find(uow, plan_id, None)
            if plan is None or any(plan.soft_id in each.holders_of for each in await uow.plans.all(active_only=False)):
                return False
            if not await uow.plans.delete_if_unused(plan.id):
                return False
            await self._note(uow, staff, "plan.deleted", plan, {"name": plan.name})
            await uow.commit()
        self.plan_catalog.forget()
        return True

    async def _staff(self, uow: UnitOfWork, staff_id: int | None) -> Customer | None:
        if staff_id is None:
            return None
        return await self.staff_desk.require(uow, TelegramId(staff_id), StaffAction.CHANGE_PLANS)

    async def _find(self, uow: UnitOfWork, plan_id: UUID | str, version: int | None) -> ServicePlan | None:
        known_plan_id = as_plan_id(plan_id)
        plan = await uow.plans.get(known_plan_id) if known_plan_id is not None else None
        if plan is not None and version is not None and plan.version != version:
            raise PlanChangedMeanwhile(plan)
        return plan

    async def _write(
        self,
        uow: UnitOfWork,
        staff: Customer | None,
        action: str,
        service_plan: ServicePlan,
        plan: ServicePlan,
        staff_id: int | None,
        facts: dict[str, str],
    ) -> None:
        await self._save(uow, service_plan, plan, staff_id)
        await self._end(uow, staff, action, plan, facts)

    async def _save(self, uow: UnitOfWork, service_plan: ServicePlan, plan: ServicePlan, staff_id: int | None) -> None:
        plan.updated_at = self.clock.now()
        plan.updated_by = TelegramId(staff_id) if staff_id is not None else None
        if not await save_edited(uow, service_plan, plan):
            stored_plan = await uow.plans.get(plan.id)
            raise PlanChangedMeanwhile(stored_plan) if stored_plan is not None else UnknownPlan(plan.soft_id)

    async def _end(
        self, uow: UnitOfWork, staff: Customer | None, action: str, plan: ServicePlan, facts: dict[str, str]
    ) -> None:
        await self._note(uow, staff, action, plan, facts)
        uow.record(PlanChanged(plan.id))
        await uow.commit()
        self.plan_catalog.forget()

    async def _note(
        self, uow: UnitOfWork, staff: Customer | None, action: str, plan: ServicePlan, facts: dict[str, str]
    ) -> None:
        await uow.audit.record(
            actor=str(staff.telegram_id) if staff is not None else "operator",
            action=action,
            subject=str(plan.id),
            reason="decided by the operator",
            at=self.clock.now(),
            facts={"plan": plan.soft_id, **facts},
        )


def _set_days(plan: ServicePlan, days: int) -> None:
    """Set the number of days of a plan that is paid once. Raises InvalidInput for a recurring plan, which has an
    interval.
    """
    if plan.recurring:
        raise InvalidInput("duration_days", "a plan that renews by itself has an interval instead of days")
    plan.duration_days = days
