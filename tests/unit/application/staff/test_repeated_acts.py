"""Check that a repeated staff command returns its first outcome even after other changes."""

from __future__ import annotations

from uuid import uuid4

import pytest

from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff


async def test_repeated_grant_returns_its_outcome_after_the_plan_was_disabled() -> None:
    shop = memory_shop()
    plan, ana, staff, wish = await shop.plan(), await shop.customer(), Staff(shop), uuid4()
    answers = {"plan": plan.soft_id, "days": "10", "reason": "de bienvenida"}

    first = await staff(SHELL, "grant", ana.id, wish, **answers)
    async with shop.units() as uow:
        stored = await uow.plans.get(plan.id)
        assert stored is not None
        stored.active = False
        await uow.plans.save(stored)
        await uow.commit()

    again = await staff(SHELL, "grant", ana.id, wish, **answers)
    assert (again.name, again.facts) == (first.name, first.facts)
    with pytest.raises(InputsRefused):
        await staff(SHELL, "grant", ana.id, uuid4(), **answers)
