"""Check that a program can create a plan once and can change only the version that it read, and that a refusal names
the invalid field.
"""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from subscriptions.application.catalog.plan_catalog import sellable
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.command import NothingToDo
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import SHARED_CHANNEL, EntryPolicy, Resource
from subscriptions.domain.ids import ChatId
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff

BARE = {"name": "Mes VIP", "price": "9.99", "currency": "EUR", "days": 30}
NEW = {**BARE, "access": "personal_channel"}


async def save(shop: Shop, version: object = "", operation: object = None, **record: object) -> str:
    """Save the plan and return the name of the outcome."""
    known = operation or uuid4()
    return (await Staff(shop)(SHELL, "save_plan", "", known, record=json.dumps(record), version=version)).name


async def test_repeated_creation_creates_one_plan_and_a_change_of_an_old_version_is_refused(shop: Shop) -> None:
    operation = uuid4()
    assert [await save(shop, operation=operation, **NEW) for _ in range(2)] == ["made", "made"]
    async with shop.units() as uow:
        [plan] = await uow.plans.all()
    assert (plan.id, plan.soft_id, str(plan.price.plain)) == (operation, "mes-vip", "9.99")
    with pytest.raises(InputsRefused, match="version: plan_taken"):
        await save(shop, **NEW, soft_id="mes-vip")
    assert await save(shop, plan.version, soft_id="mes-vip", name="Mes", price="12") == "saved"
    with pytest.raises(InputsRefused, match="record: meanwhile"):
        await save(shop, plan.version, soft_id="mes-vip", name="Otro")
    with pytest.raises(NothingToDo):
        await save(shop, 1, soft_id="ninguno", name="Otro")
    async with shop.units() as uow:
        [plan] = await uow.plans.all()
    assert (plan.name, plan.price.plain, plan.price.currency, plan.duration_days) == ("Mes", "12.00", "EUR", 30)
    actions = [line.action for line in shop.memory.rows("audit_log")]
    assert actions == ["plan.created", "plan.updated"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"price": "-1"}, "price"),
        ({"currency": ""}, "currency"),
        ({"interval": "month"}, "days"),
        ({"opens": ["none"]}, "opens"),
        ({"holders_of": ["none"]}, "holders_of"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_refusal_names_the_invalid_field_and_creates_no_plan(
    shop: Shop, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(InputsRefused) as refused:
        await save(shop, **{**NEW, **wrong})
    assert refused.value.errors["record"].facts["field"] == field
    async with shop.units() as uow:
        assert not await uow.plans.all()


async def test_plan_without_a_chat_is_saved_but_not_sold(shop: Shop) -> None:
    assert await save(shop, **BARE) == "made_unsold", "the VIP channel is not set up"
    async with shop.units() as uow:
        [plan] = await uow.plans.all()
        assert await sellable(uow, [plan]) == []
    assert await save(shop, plan.version, soft_id=plan.soft_id, name="Otro") == "saved_unsold"


async def test_new_plan_without_named_chats_gives_access_to_the_only_chat(shop: Shop) -> None:
    await create_channel(shop, "sala")
    assert await save(shop, **BARE) == "made"
    async with shop.units() as uow:
        [plan] = await uow.plans.all()
    assert plan.opens == ("sala",)


async def test_new_plan_without_named_chats_is_refused_if_there_are_several_chats(shop: Shop) -> None:
    for name in ("sala", "otra"):
        await create_channel(shop, name)
    with pytest.raises(InputsRefused) as refused:
        await save(shop, **BARE)
    assert refused.value.errors["record"].facts["field"] == "opens"
    assert shop.memory.rows("service_plans") == []
    assert await save(shop, **BARE, opens=["otra"]) == "made"


async def create_channel(shop: Shop, soft_id: str) -> None:
    """Add a shared chat that plans can open."""
    now = shop.clock.now()
    resource = Resource.add(soft_id, SHARED_CHANNEL, soft_id, EntryPolicy.REQUEST, now)
    async with shop.units() as uow:
        assert await uow.resources.add_if_new(resource)
        chat = ChatId(-1001 - len(await uow.resources.all()))
        assert await uow.channels.add_if_new(Channel.for_resource(resource, chat, soft_id, now))
        await uow.commit()
