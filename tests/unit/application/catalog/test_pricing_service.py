"""Plans created, changed and deleted by staff and by the operator's own code."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from subscriptions.application.catalog.plan_input import read_price, usual_currency
from subscriptions.application.catalog.pricing_service import PlanChangedMeanwhile
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.service_plan import AccessKind
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PlanId, new_uuid
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.catalog import PlanPaymentPrice
from tests.fakes import samples
from tests.support.vip import VipShop


@pytest.fixture
async def vip() -> VipShop:
    return await VipShop.open()


async def test_plan_created_with_name_days_and_price_is_a_one_time_vip_plan(vip: VipShop):
    plan = await vip.pricing.create_plan(
        name="Plan Mensual", duration_days=30, price=9.99, created_by=vip.owner.telegram_id
    )
    assert (plan.name, plan.duration_days, plan.price, plan.active) == ("Plan Mensual", 30, Money(999, "USD"), True)
    assert (plan.soft_id, plan.access, plan.recurring) == ("plan-mensual", AccessKind.VIP_CHANNEL, False)
    assert (plan.created_by, plan.created_at) == (vip.owner.telegram_id, vip.shop.clock.now())
    assert await vip.pricing.get_plan_by_id(plan.id) == plan
    assert await vip.pricing.get_plan_by_id(str(plan.id)) == plan
    assert list(await vip.pricing.get_all_plans()) == [plan]


@pytest.mark.parametrize(
    ("typed", "currency", "minor", "code"),
    [
        ("9,99", "$", 999, "USD"),
        ("9.99", "$", 999, "USD"),
        (Decimal("9.99"), "€", 999, "EUR"),
        (9.99, "£", 999, "GBP"),
        (500, "¥", 500, "JPY"),
        ("12.500", "KWD", 12500, "KWD"),
        (" 0 ", "eur", 0, "EUR"),
        (0.1, "USD", 10, "USD"),
    ],
)
async def test_plan_prices_are_stored_exactly(vip: VipShop, typed: str, currency: str, minor: int, code: str):
    plan = await vip.pricing.create_plan("Uno", 30, typed, vip.owner.telegram_id, currency)
    assert plan.price == Money(minor, code)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 200}, "name"),
        ({"duration_days": 0}, "duration_days"),
        ({"duration_days": -5}, "duration_days"),
        ({"duration_days": 10**9}, "duration_days"),
        ({"duration_days": 1.5}, "duration_days"),
        ({"duration_days": "mucho"}, "duration_days"),
        ({"price": "9.999"}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "gratis"}, "price"),
        ({"price": "1e3"}, "price"),
        ({"price": float("nan")}, "price"),
        ({"price": float("inf")}, "price"),
        ({"price": "9" * 40}, "price"),
        ({"price": ""}, "price"),
        ({"price": "1,000"}, "price"),
        ({"price": "1.000"}, "price"),
        ({"currency": "doubloons"}, "currency"),
        ({"currency": ""}, "currency"),
        ({"price": "500.5", "currency": "¥"}, "price"),
    ],
)
async def test_refusal_of_invalid_input_names_the_field(vip: VipShop, change: dict[str, Any], field: str):
    given: dict[str, Any] = {
        "name": "Uno",
        "duration_days": 30,
        "price": "9.99",
        "created_by": vip.owner.telegram_id,
    } | change
    with pytest.raises(InvalidInput) as refused:
        await vip.pricing.create_plan(**given)
    assert refused.value.field == field
    plan = await vip.plan()
    with pytest.raises(InvalidInput) as refused:
        await vip.pricing.update_plan(
            plan.id, **{name: value for name, value in change.items() if value != ""} or change
        )
    assert refused.value.field == field


async def test_only_managers_and_owners_may_change_plans(vip: VipShop):
    plan = await vip.plan()
    for role in (None, StaffRole.SUPPORT):
        person = await vip.shop.customer(staff_role=role)
        with pytest.raises(NotAllowed):
            await vip.pricing.create_plan("Dos", 30, 1, person.telegram_id)
        with pytest.raises(NotAllowed):
            await vip.pricing.update_plan(plan.id, name="Dos", by=person.telegram_id)
        with pytest.raises(NotAllowed):
            await vip.pricing.toggle_plan_status(plan.id, by=person.telegram_id)
        with pytest.raises(NotAllowed):
            await vip.pricing.delete_plan(plan.id, by=person.telegram_id)
    with pytest.raises(NotAllowed):
        await vip.pricing.create_plan("Dos", 30, 1, 123456)
    manager = await vip.shop.customer(staff_role=StaffRole.MANAGER)
    assert await vip.pricing.update_plan(plan.id, name="Dos", by=manager.telegram_id) is not None


async def test_plan_change_is_stored_with_author_and_time(vip: VipShop):
    plan = await vip.plan()
    vip.shop.clock.advance(timedelta(hours=1))
    changed = await vip.pricing.update_plan(
        plan.id, "Plan Anual", 365, "99,90", "€", note=" Un\n año ", by=vip.owner.telegram_id
    )
    assert changed is not None
    assert (changed.name, changed.duration_days, str(changed.price)) == ("Plan Anual", 365, "99.90€")
    assert changed.note == "Un año"
    assert (changed.updated_by, changed.updated_at) == (vip.owner.telegram_id, vip.shop.clock.now())
    assert await vip.pricing.get_plan_by_id(plan.id) == changed
    async with vip.shop.units() as uow:
        lines = {line.action: line for line in await uow.audit.of_subject(str(plan.id), 10)}
    assert set(lines) == {"plan.created", "plan.updated"}
    assert lines["plan.updated"].actor == str(vip.owner.telegram_id)
    assert lines["plan.updated"].facts["price"] == "$9.99 → 99.90€"
    assert lines["plan.updated"].facts["note"] == " → Un año"


async def test_currency_can_be_changed_without_the_price(vip: VipShop):
    plan = await vip.plan()
    changed = await vip.pricing.update_plan(plan.id, currency="€")
    assert changed is not None
    assert str(changed.price) == "9.99€"
    with pytest.raises(InvalidInput, match="price"):
        await vip.pricing.update_plan(plan.id, currency="¥")


async def test_second_of_two_concurrent_edits_is_refused(vip: VipShop):
    plan = await vip.plan()
    await vip.pricing.update_plan(plan.id, name="Primero", version=plan.version)
    with pytest.raises(PlanChangedMeanwhile) as notified:
        await vip.pricing.update_plan(plan.id, name="Segundo", version=plan.version)
    assert notified.value.plan.name == "Primero"
    with pytest.raises(PlanChangedMeanwhile):
        await vip.pricing.toggle_plan_status(plan.id, version=plan.version)
    kept = await vip.pricing.get_plan_by_id(plan.id)
    assert kept is not None
    assert (kept.name, kept.active) == ("Primero", True)


async def test_inactive_plan_is_not_offered(vip: VipShop):
    plan = await vip.plan()
    off = await vip.pricing.toggle_plan_status(plan.id)
    assert off is not None
    assert not off.active
    assert await vip.pricing.get_all_plans() == []
    assert len(await vip.pricing.get_all_plans(active_only=False)) == 1
    assert await vip.shop.plans.all() == []
    on = await vip.pricing.toggle_plan_status(plan.id)
    assert on is not None
    assert on.active
    assert [view.soft_id for view in await vip.shop.plans.all()] == [plan.soft_id]


async def test_vip_plan_is_not_offered_without_a_vip_channel():
    vip = await VipShop.open(channel=False)
    await vip.plan()
    assert await vip.shop.plans.all() == []


async def test_plan_with_activation_codes_or_subscriptions_cannot_be_deleted(vip: VipShop):
    free, with_token, with_subscription = await vip.plan("Uno"), await vip.plan("Dos"), await vip.plan("Tres")
    await vip.token(with_token)
    person = await vip.shop.customer()
    async with vip.shop.units() as uow:
        order = samples.order(person, with_subscription)
        await uow.orders.add_if_new(order)
        await uow.subscriptions.save(samples.subscription(order))
        await uow.commit()
    assert await vip.pricing.delete_plan(free.id) is True
    assert await vip.pricing.delete_plan(free.id) is False
    assert await vip.pricing.delete_plan(with_token.id) is False
    assert await vip.pricing.delete_plan(with_subscription.id) is False
    assert await vip.pricing.delete_plan("nonsense") is False


async def test_lookup_of_an_unknown_plan_returns_none(vip: VipShop):
    unknown = PlanId(new_uuid())
    assert await vip.pricing.get_plan_by_id(unknown) is None
    assert await vip.pricing.get_plan_by_id("nonsense") is None
    assert await vip.pricing.update_plan(unknown, name="Uno") is None
    assert await vip.pricing.toggle_plan_status(unknown) is None


async def test_plans_of_the_same_name_get_different_slugs(vip: VipShop):
    plans = [await vip.plan("Plan Único ⭐") for _ in range(3)]
    assert [plan.soft_id for plan in plans] == ["plan-unico", "plan-unico-2", "plan-unico-3"]
    long = [await vip.plan("x" * 60) for _ in range(2)]
    assert [len(plan.soft_id) for plan in long] == [40, 40]
    assert (await vip.plan("🎰🎰")).soft_id == "plan"


async def test_changed_price_is_synced_to_the_providers_again(vip: VipShop):
    plan = await vip.plan()
    async with vip.shop.units() as uow:
        await uow.plans.save_price(PlanPaymentPrice(plan_id=plan.id, provider="acme", external_price_id="old"))
        await uow.commit()
    before = len(await vip.shop.jobs("core.sync_plan_prices"))
    await vip.pricing.update_plan(plan.id, price="19.99")
    assert len(await vip.shop.jobs("core.sync_plan_prices")) == before + 1
    async with vip.shop.units() as uow:
        assert await uow.plans.price_at(plan.id, "acme") is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("9,99 €", "9.99€"),
        ("$9.99", "$9.99"),
        ("12 USD", "$12.00"),
        ("eur 5", "5.00€"),
        ("¥500", "¥500"),
    ],
)
def test_amount_and_currency_of_a_typed_price_are_parsed(typed: str, said: str):
    assert str(read_price(typed)) == said


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ("gratis", "price"),
        ("€9$", "currency"),
        ("9 XYZ", "currency"),
        ("-3 €", "price"),
        ("", "price"),
        ("7", "currency"),
    ],
)
def test_invalid_price_line_is_refused(typed: str, field: str):
    with pytest.raises(InvalidInput) as refused:
        read_price(typed)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("sold", "usual"),
    [
        ([], None),
        ([("vip_channel", "USD"), ("personal_channel", "EUR"), ("personal_channel", "EUR")], "USD"),
        ([("personal_channel", "EUR")], "EUR"),
        ([("vip_channel", "USD"), ("vip_channel", "EUR")], None),
    ],
)
def test_price_without_a_currency_gets_the_most_frequent_currency_of_similar_plans(
    sold: list[tuple[str, str]], usual: str | None
):
    plans = [samples.plan(access=AccessKind(access), price=Money(100, currency)) for access, currency in sold]
    assert usual_currency(plans) == usual
