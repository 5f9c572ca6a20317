"""States and answers with which staff commands succeed that are refused in the world of `test_bad_input`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.customer import Customer, StaffRole
from subscriptions.domain.entities.second_factor import SecondFactor
from subscriptions.domain.ids import TelegramId
from tests.fakes.staff import Staff
from tests.support.of_features import of_features

_WHY: Final = {"reason": "Lo pidió"}
_PLANS: Final = "plans:\n- {name: Anual, price: 99.00, currency: EUR, interval: year, opens: [personal]}\n"


async def _shop(staff: Staff, customer: Customer) -> str:
    return ""


async def _role(staff: Staff, customer: Customer) -> str:
    await staff(SHELL, "make_role", "", role_name="Caja", permissions="panel.open,customer.see")
    return "Caja"


async def _tagged(staff: Staff, customer: Customer) -> str:
    await staff(SHELL, "tag", customer.telegram_id, tags="vip")
    return str(customer.telegram_id)


async def _with_factor(staff: Staff, customer: Customer) -> str:
    marta = await staff.shop.customer(telegram_id=TelegramId(70), staff_role=StaffRole.SUPPORT)
    factor = SecondFactor(person=marta.telegram_id, secret="sealed", recovery=frozenset(), last_step=0, misses=0)
    async with staff.shop.units() as uow:
        await uow.console.save_factor(factor)
        await uow.commit()
    return str(marta.telegram_id)


async def _withdrawn_plan(staff: Staff, customer: Customer) -> str:
    plan = await staff.shop.plan()
    await staff(SHELL, "withdraw_plan", plan.soft_id)
    return plan.soft_id


async def _plan_without_codes(staff: Staff, customer: Customer) -> str:
    plan = await staff.shop.plan()
    await staff(SHELL, "refuse_codes", plan.soft_id)
    return plan.soft_id


async def _renewing(staff: Staff, customer: Customer) -> str:
    person, plan = await staff.shop.customer(), await staff.shop.plan()
    _, session = await staff.shop.checkout(person, plan)
    await staff.shop.deliver(*staff.shop.provider.pay(session))
    return str((await staff.shop.holding(person, plan)).subscription.id)


async def _paid(staff: Staff, customer: Customer) -> str:
    person, plan = await staff.shop.customer(), await staff.shop.plan()
    _, session = await staff.shop.checkout(person, plan)
    await staff.shop.deliver(*staff.shop.provider.pay(session))
    return str((await staff.shop.holding(person, plan)).payment.id)


SAMPLES: Final[Mapping[str, tuple[Callable[[Staff, Customer], Awaitable[str]], Mapping[str, str]]]] = {
    "activate_plan": (_withdrawn_plan, {}),
    "cancel": (_renewing, _WHY),
    "change_role": (_role, {"permissions": "panel.open"}),
    "honour_codes": (_plan_without_codes, {}),
    "import_plans": (_shop, {"file": _PLANS}),
    "make_role": (_shop, {"role_name": "Libros", "permissions": "panel.open,customer.see"}),
    "refund": (_paid, {"amount": "1", **_WHY}),
    "reset_factor": (_with_factor, _WHY),
    "untag": (_tagged, {"tag": "vip"}),
    **of_features("walks", "SAMPLES"),
}
"""Functions that create a subject with which a command succeeds, and the command's answers, keyed by its name."""
