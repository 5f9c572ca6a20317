"""Export of plans to files and import from them, with a preview of the differences."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
import yaml

from subscriptions.application.catalog.plan_files import ExportPlans
from subscriptions.application.staff.actor import SHELL
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.service_plan import AccessKind, Interval
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from tests.fakes.plan_files import BringIn
from tests.fakes.shop import Shop
from tests.fakes.staff import Staff
from tests.unit.application.catalog.test_save_plan import create_channel


def files(shop: Shop) -> tuple[ExportPlans, BringIn]:
    return ExportPlans(shop.units), BringIn(shop)


async def test_exported_plans_are_imported_unchanged(shop: Shop):
    retabet = {"name": "Retabet", "soft_id": "retabet", "emoji": "🎰", "description": "Dos\nlíneas: sí"}
    await shop.plan(**retabet, note="Una sola: sí", trial_days=3)
    await shop.plan(
        recurring=False,
        interval=None,
        duration_days=30,
        ends_on=date(2027, 6, 30),
        access=AccessKind.VIP_CHANNEL,
        price=Money(500, "JPY"),
        active=False,
    )
    export, bring_in = files(shop)
    text = yaml.safe_dump({"plans": await export()}, allow_unicode=True)
    differences = await bring_in(yaml.safe_load(text), dry_run=False)
    assert [item.kind for item in differences] == ["same", "same"]


async def test_plans_are_imported_into_an_empty_shop_after_a_dry_run(shop: Shop):
    text = """
    plans:
      - name: VIP Mensual
        days: 30
        price: 9.99
        currency: USD
      - soft_id: retabet
        name: Retabet
        price: "29,99"
        currency: €
        access: personal_channel
        interval: month
    """
    _, bring_in = files(shop)
    dry = await bring_in(yaml.safe_load(text), dry_run=True)
    async with shop.units() as uow:
        assert await uow.plans.all(active_only=False) == []
    assert [(item.soft_id, item.kind) for item in dry] == [("vip-mensual", "new"), ("retabet", "new")]
    assert dry[0].changes["price"] == "9.99"
    await bring_in(yaml.safe_load(text), dry_run=False)
    async with shop.units() as uow:
        own, vip = await uow.plans.all()
    assert (vip.price, vip.duration_days, vip.access) == (Money(999, "USD"), 30, AccessKind.VIP_CHANNEL)
    assert (own.price, own.interval, own.recurring) == (Money(2999, "EUR"), Interval.MONTH, True)
    assert len(await shop.jobs("core.sync_plan_prices")) == 2


async def test_imported_access_kind_replaces_the_chats_of_the_plan(shop: Shop):
    plan = await shop.plan(soft_id="retabet", access=AccessKind.PERSONAL_CHANNEL)
    _, bring_in = files(shop)
    record = {"soft_id": "retabet", "name": plan.name, "access": "vip_channel"}
    await bring_in({"plans": [record]}, dry_run=False)
    async with shop.units() as uow:
        (held,) = await uow.plans.all()
    assert held.opens == ("vip",)


async def test_imported_plan_gives_access_to_its_chats_in_the_order_of_the_file(shop: Shop):
    await shop.plan(soft_id="retabet", name="Retabet", opens=("vip",))
    export, bring_in = files(shop)
    differences = await bring_in({"plans": [{"name": "Retabet", "opens": ["vip", "personal"]}]}, dry_run=False)
    assert differences[0].changes["opens"] == "vip → vip, personal"
    assert (await export())[0]["opens"] == ["vip", "personal"]


@pytest.mark.parametrize(
    ("opens", "says"),
    [
        (["nowhere"], "nowhere is no resource"),
        (["vip", "vip"], "names vip twice"),
        ([], "at least one"),
        ("vip", "must be a list"),
    ],
)
async def test_invalid_list_of_resources_is_refused(shop: Shop, opens: object, says: str):
    await shop.plan(soft_id="retabet", name="Retabet")
    _, bring_in = files(shop)
    with pytest.raises(InvalidInput, match=says) as refused:
        await bring_in({"plans": [{"name": "Retabet", "opens": opens}]}, dry_run=True)
    assert refused.value.field.endswith("opens")


async def test_difference_is_previewed_before_it_is_applied(shop: Shop):
    plan = await shop.plan(name="Retabet", soft_id="retabet", price=Money(2999, "EUR"))
    other = await shop.plan()
    _, bring_in = files(shop)
    wanted = {"plans": [{"soft_id": "retabet", "name": "Retabet Oro", "price": "39.99", "active": False}]}
    differences = await bring_in(wanted, dry_run=True)
    assert [(item.soft_id, item.kind) for item in differences] == [("retabet", "changed"), (other.soft_id, "absent")]
    assert differences[0].changes == {
        "name": "Retabet → Retabet Oro",
        "price": "29.99 → 39.99",
        "active": "True → False",
    }
    await bring_in(wanted, dry_run=False)
    async with shop.units() as uow:
        kept = await uow.plans.get(plan.id)
        assert kept is not None
        [line] = await uow.audit.of_subject(str(plan.id), 5)
    assert (kept.name, kept.price, kept.active, kept.interval, kept.version) == (
        "Retabet Oro",
        Money(3999, "EUR"),
        False,
        Interval.MONTH,
        2,
    )
    assert line.facts["price"] == "29.99 → 39.99"


@pytest.mark.parametrize(
    ("records", "field"),
    [
        ("nonsense", "plans"),
        ({"plans": "nonsense"}, "plans"),
        ({"plans": ["nonsense"]}, "plans[1].plan"),
        ({"plans": [{"name": "Uno", "days": 30, "price": "9.999"}]}, "plans[1].price"),
        ({"plans": [{"name": "Uno", "days": 30}]}, "plans[1].price"),
        ({"plans": [{"name": "Uno", "price": 1}]}, "plans[1].days"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 30, "interval": "month"}]}, "plans[1].days"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 0}]}, "plans[1].duration_days"),
        ({"plans": [{"name": "", "price": 1, "days": 30}]}, "plans[1].name"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 30, "colour": "red"}]}, "plans[1].colour"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 30, "active": "ja"}]}, "plans[1].active"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 30, "position": "x"}]}, "plans[1].position"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 30, "access": "all"}]}, "plans[1].access"),
        ({"plans": [{"name": "Uno", "price": 1, "interval": "age"}]}, "plans[1].interval"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 30, "soft_id": "Ñ!"}]}, "plans[1].soft_id"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 30, "note": "x" * 201}]}, "plans[1].note"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 30, "note": 7}]}, "plans[1].note"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 30, "ends_on": "in May"}]}, "plans[1].ends_on"),
        ({"plans": [{"name": "Uno", "price": 1, "currency": "EUR", "days": 30}] * 2}, "plans[2].soft_id"),
        ({"plans": [], "plan": []}, "plan"),
        ({"plans": [{"name": "Uno", "price": 1, "days": 30}]}, "plans[1].currency"),
    ],
)
async def test_refusal_of_an_invalid_file_names_the_field_and_changes_nothing(shop: Shop, records: Any, field: str):
    _, bring_in = files(shop)
    with pytest.raises(InvalidInput) as refused:
        await bring_in(records, dry_run=False)
    assert refused.value.field == field
    async with shop.units() as uow:
        assert await uow.plans.all(active_only=False) == []


async def test_imported_plan_note_is_joined_into_one_line_and_can_be_removed(shop: Shop):
    plan = await shop.plan(soft_id="vip", name="Vip")
    _, bring_in = files(shop)
    for typed, note in (("x" * 200, "x" * 200), ("Solo\n  este mes ", "Solo este mes"), ("", "")):
        await bring_in([{"soft_id": "vip", "name": "Vip", "note": typed}], dry_run=False)
        async with shop.units() as uow:
            kept = await uow.plans.get(plan.id)
        assert kept is not None
        assert kept.note == note
        (view,) = await shop.plans.all()
        assert view.note == note


async def test_method_prices_and_policies_are_exported_and_imported(shop: Shop):
    shop.sells_by_all()
    plan = await shop.plan(soft_id="vip", name="Vip")
    await shop.charges("tokens", plan, Money(1500, "XTR"))
    export, bring_in = files(shop)
    (record,) = await export()
    assert record["prices"] == {"tokens": "1500 XTR"}
    assert (record["refund_policy"], record["dispute_policy"]) == ("end_access", "suspend")
    changed = record | {"prices": {"coins": "34.99 USD"}, "refund_policy": "keep_access", "dispute_policy": "keep"}
    (difference,) = await bring_in([changed], dry_run=False)
    assert difference.changes == {
        "prices": "tokens 1500 XTR → coins 34.99 USD",
        "refund_policy": "end_access → keep_access",
        "dispute_policy": "suspend → keep",
    }
    assert await export() == [changed]
    (same,) = await bring_in([{key: value for key, value in changed.items() if key != "prices"}], dry_run=False)
    assert (same.kind, await export()) == ("same", [changed])


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"prices": ["tokens"]}, "prices"),
        ({"prices": {"T!": "1 XTR"}}, "prices"),
        ({"prices": {"tokens": "0 XTR"}}, "prices"),
        ({"prices": {"tokens": "much"}}, "price"),
        ({"refund_policy": "never"}, "refund_policy"),
        ({"dispute_policy": None}, "dispute_policy"),
    ],
    ids=["no mapping", "no method", "nothing", "no amount", "no such policy", "none"],
)
async def test_refusal_of_an_invalid_price_or_policy_names_the_field(shop: Shop, more: dict[str, Any], field: str):
    await shop.plan(soft_id="vip", name="Vip")
    with pytest.raises(InvalidInput) as refused:
        await files(shop)[1]([{"soft_id": "vip", "name": "Vip", **more}], dry_run=True)
    assert refused.value.field == f"plans[1].{field}"


BARE = {"name": "Sala", "price": "9.99", "currency": "EUR", "interval": "month"}


async def test_imported_plan_without_named_chats_gives_access_to_the_only_chat(shop: Shop):
    await create_channel(shop, "sala")
    _, bring_in = files(shop)
    await bring_in({"plans": [BARE]}, dry_run=False)
    [plan] = shop.memory.rows("service_plans")
    assert plan.opens == ("sala",)


async def test_imported_plan_without_named_chats_is_refused_if_there_are_several_chats(shop: Shop):
    for name in ("sala", "otra"):
        await create_channel(shop, name)
    _, bring_in = files(shop)
    with pytest.raises(InvalidInput) as refused:
        await bring_in({"plans": [BARE]}, dry_run=False)
    assert refused.value.field.endswith("opens")
    assert {"sala", "otra"} <= set(re.findall(r"\w+", refused.value.problem))
    assert shop.memory.rows("service_plans") == []
    await bring_in({"plans": [{**BARE, "opens": ["otra"]}]}, dry_run=False)
    await bring_in({"plans": [{**BARE, "soft_id": "sala", "price": "19.99"}]}, dry_run=False)
    [plan] = shop.memory.rows("service_plans")
    assert (plan.opens, plan.price.minor) == (("otra",), 1999), "a plan that is there keeps what it opens"


async def test_plan_that_the_file_gives_a_number_of_days_is_no_longer_billed_by_the_month(shop: Shop):
    plan = await shop.plan(name="Retabet", soft_id="retabet")
    _, bring_in = files(shop)
    await bring_in({"plans": [{"soft_id": "retabet", "name": "Retabet", "days": 40}]}, dry_run=False)
    async with shop.units() as uow:
        kept = await uow.plans.get(plan.id)
    assert kept is not None
    assert (kept.interval, kept.duration_days) == (None, 40)


async def test_file_of_more_than_fifty_thousand_characters_is_refused(shop: Shop):
    plan = await shop.plan(name="Retabet", soft_id="retabet")
    act = Staff(shop)
    record = json.dumps({"plans": [{"soft_id": "retabet", "name": "Retabet Oro"}]})
    with pytest.raises(InputsRefused):
        await act(SHELL, "import_plans", "", file=record.ljust(50_001))
    await act(SHELL, "import_plans", "", file=record.ljust(50_000))
    async with shop.units() as uow:
        kept = await uow.plans.get(plan.id)
    assert kept is not None
    assert kept.name == "Retabet Oro"
