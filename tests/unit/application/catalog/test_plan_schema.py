"""Check that the schema of plan files accepts the same files as the import."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
import yaml

from subscriptions.application.catalog.plan_fields import EXAMPLE, plan_schema
from subscriptions.application.catalog.plan_files import ExportPlans
from subscriptions.domain.errors import InvalidInput
from tests.fakes.plan_files import BringIn
from tests.fakes.shop import Shop, memory_shop

jsonschema: Any = import_module("jsonschema")  # The package has no types.

PLAN: dict[str, Any] = {"name": "VIP", "price": "9.99", "currency": "EUR", "days": 30}


def fits(record: dict[str, Any]) -> bool:
    return jsonschema.Draft202012Validator(plan_schema()).is_valid({"plans": [record]})


async def brought_in(shop: Shop, records: object) -> None:
    await BringIn(shop)(records, dry_run=False)


async def test_example_plans_and_exported_plans_conform_to_the_schema() -> None:
    shop, schema = memory_shop(), jsonschema.Draft202012Validator(plan_schema())
    schema.check_schema(plan_schema())
    schema.validate(yaml.safe_load(EXAMPLE))
    await brought_in(shop, yaml.safe_load(EXAMPLE))
    out = await ExportPlans(shop.units)()
    schema.validate({"plans": out})
    assert {plan["name"] for plan in out} == {"VIP Mensual", "Canal propio, 90 días"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"surprise": 1},
        {"days": 0},
        {"access": "everything"},
        {"interval": "fortnight", "days": None},
        {"refund_policy": "perhaps"},
        {"trial_days": -1},
        {"note": "x" * 201},
        {"active": "yes"},
    ],
)
async def test_plan_that_violates_the_schema_is_refused_by_the_import(wrong: dict[str, Any]) -> None:
    assert fits(PLAN)
    assert not fits(PLAN | wrong)
    with pytest.raises(InvalidInput):
        await brought_in(memory_shop(), [PLAN | wrong])


async def test_price_without_a_currency_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        await brought_in(memory_shop(), [{"name": "VIP", "price": "19,90", "days": 30}])
    assert refused.value.field == "plans[1].currency"
