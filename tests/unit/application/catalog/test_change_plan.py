"""Staff commands on one plan: their effects, their audit entries, and the refusal of a repeated command."""

from __future__ import annotations

import pytest

from subscriptions.application.staff.command import NothingToDo
from subscriptions.domain.entities.customer import StaffRole
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff


@pytest.mark.parametrize(
    ("act", "action", "begins", "ends", "more"),
    [
        ("activate_plan", "plan.switched_on", {"active": False}, {"active": True}, {}),
        ("withdraw_plan", "plan.switched_off", {"active": True}, {"active": False}, {}),
        ("honour_codes", "plan.tokens", {"honours_tokens": False}, {"honours_tokens": True}, {"honoured": "True"}),
        ("refuse_codes", "plan.tokens", {"honours_tokens": True}, {"honours_tokens": False}, {"honoured": "False"}),
    ],
)
async def test_plan_command_is_executed_once_and_audited_with_actor_and_reason(
    shop: Shop, act: str, action: str, begins: dict[str, bool], ends: dict[str, bool], more: dict[str, str]
) -> None:
    olga, plan, staff = await shop.customer(staff_role=StaffRole.OWNER), await shop.plan(**begins), Staff(shop)
    outcome = await staff(olga.telegram_id, act, plan.id)
    assert outcome.facts == {"plan": plan.label}
    async with shop.units() as uow:
        stored = await uow.plans.get(plan.id)
        [line] = [line for line in await uow.audit.of_subject(str(plan.id), 9) if line.action == action]
    assert stored is not None
    assert {name: getattr(stored, name) for name in ends} == ends
    assert (stored.updated_by, stored.updated_at) == (olga.telegram_id, shop.clock.now())
    assert (line.actor, line.reason) == (str(olga.telegram_id), "decided by the operator")
    assert line.facts == {"plan": plan.soft_id, **more}
    with pytest.raises(NothingToDo):
        await staff(olga.telegram_id, act, plan.id)


async def test_plan_without_sales_can_be_deleted_and_its_name_is_kept_in_the_audit_log(shop: Shop) -> None:
    olga, plan = await shop.customer(staff_role=StaffRole.OWNER), await shop.plan()
    assert (await Staff(shop)(olga.telegram_id, "delete_plan", plan.id)).name == "deleted"
    async with shop.units() as uow:
        assert await uow.plans.get(plan.id) is None
        [line] = [line for line in await uow.audit.of_subject(str(plan.id), 9) if line.action == "plan.deleted"]
    assert (line.facts, line.reason) == ({"plan": plan.soft_id, "name": plan.name}, "decided by the operator")


async def test_plan_that_another_plan_requires_cannot_be_deleted(shop: Shop) -> None:
    olga, plan = await shop.customer(staff_role=StaffRole.OWNER), await shop.plan(soft_id="base")
    await shop.plan(soft_id="add-on", holders_of=frozenset({"base"}))
    assert (await Staff(shop)(olga.telegram_id, "delete_plan", plan.id)).name == "in_use"
    async with shop.units() as uow:
        assert await uow.plans.get(plan.id) is not None
