"""`umbral plans price` on a real database."""

from __future__ import annotations

import json

from subscriptions.domain.money import Money
from subscriptions.infrastructure.database.engine import create_engine
from tests.fakes.shop import database_shop
from tests.support.operator_cli import Terminal


async def test_price_of_a_plan_can_be_set_for_one_payment_method(database_url: str) -> None:
    terminal, engine = Terminal({"DATABASE_URL": database_url}), create_engine(database_url)
    shop = database_shop(engine)
    plan = await shop.plan(soft_id="retabet")
    ran = await terminal.run("plans", "price", "retabet", "stripe", "34.99", "USD")
    assert (ran.status, ran.out) == (0, f"✅ Stripe charges $34.99 for {plan.label}.\n")
    refused = await terminal.run("plans", "price", "retabet", "nobody", "own")
    assert refused.status == 1
    assert "--method: " in refused.err
    listed = json.loads((await terminal.run("plans", "list", "--json")).out)
    assert [(each["plan"], each["amount"], each["currency"], each["active"]) for each in listed] == [
        ("retabet", "29.99", "EUR", True)
    ]
    async with shop.units() as uow:
        (agreed,) = await uow.plans.own_prices(plan.id)
    await engine.dispose()
    assert (agreed.provider, agreed.price, agreed.external_price_id) == ("stripe", Money(3499, "USD"), None)
