"""An act that is asked for again is told what came of it, whatever has changed meanwhile."""

from __future__ import annotations

from uuid import uuid4

import pytest

from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused
from tests.fakes.shop import memory_shop
from tests.fakes.staff import Staff


async def test_what_was_given_is_told_again_after_its_plan_was_switched_off() -> None:
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
