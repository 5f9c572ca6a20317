"""Check that plan texts are in each reader's language in the database, in files, and wherever a customer sees the
plan's name.
"""

from __future__ import annotations

import copy

import pytest
import yaml

from bot.screens import plans
from bot.screens.panel.catalog import offer
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.catalog.manage_plans import ManagePlans
from subscriptions.application.catalog.plan_files import ExportPlans
from subscriptions.bootstrap import demo_data
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.spoken import text_for
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.services.channel_texts import channel_title, welcome_text
from tests.fakes import samples
from tests.fakes.plan_files import BringIn
from tests.fakes.shop import Shop
from tests.unit.web.test_pages import render
from web.pages import INDEX

TEXTS = {"en": {"name": "Monthly", "description": "All picks"}, "pt": {"name": "Mensal", "note": "Só este mês"}}
MENSUAL = {"name": "Mensual", "emoji": "⭐", "description": "Todos los picks", "note": "Solo este mes", "texts": TEXTS}


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("es", ("Mensual", "Todos los picks", "Solo este mes", "⭐ Mensual")),
        ("en", ("Monthly", "All picks", "Solo este mes", "⭐ Monthly")),
        ("pt", ("Mensal", "Todos los picks", "Só este mês", "⭐ Mensal")),
        ("de", ("Mensual", "Todos los picks", "Solo este mes", "⭐ Mensual")),
    ],
)
def test_plan_text_missing_in_a_language_falls_back_to_the_default_text(language: str, shown: tuple[str, ...]):
    plan = samples.plan(**MENSUAL)
    for item in (plan, copy.deepcopy(plan)):
        assert tuple(text_for(word, language) for word in (item.name, item.description, item.note, item.label)) == shown
    assert plan.name == "Mensual"


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"english": {"name": "Monthly"}}, "texts"),
        ({"en": {"title": "Monthly"}}, "texts.en"),
        ({"en": {"name": "x" * 61}}, "texts.en.name"),
        ({"en": "Monthly"}, "texts"),
        ({"en": {"name": 5}}, "texts.en.name"),
    ],
)
async def test_refusal_of_an_invalid_text_in_a_file_names_the_field(shop: Shop, texts: object, field: str):
    record = {"name": "Mensual", "price": 5, "currency": "EUR", "days": 30, "texts": texts}
    with pytest.raises(InvalidInput) as refused:
        await BringIn(shop)([record], dry_run=True)
    assert refused.value.field == f"plans[1].{field}"


async def test_texts_of_all_languages_are_exported_and_imported(shop: Shop):
    await shop.plan(**MENSUAL)
    records = yaml.safe_load(yaml.safe_dump({"plans": await ExportPlans(shop.units)()}, allow_unicode=True))
    assert records["plans"][0]["texts"] == TEXTS
    records["plans"][0]["texts"]["en"]["name"] = "Every month"
    reported = await BringIn(shop)(records, dry_run=False)
    assert "Every month" in reported[0].changes["texts"]
    async with shop.units() as uow:
        plan = (await uow.plans.all())[0]
    assert text_for(plan.name, "en") == "Every month"


async def test_lifetime_plan_is_exported_as_forever(shop: Shop):
    record = {"name": "Siempre", "price": 99, "currency": "EUR", "days": "forever"}
    await BringIn(shop)([record], dry_run=False)
    assert (await ExportPlans(shop.units)())[0]["days"] == "forever"


async def test_plan_list_and_card_in_the_chat_are_in_the_customers_language(shop: Shop):
    await shop.plan(**MENSUAL)
    view = (await shop.plans.all())[0]
    for language, name, reported in (("es", "Mensual", "Todos los picks"), ("en", "Monthly", "All picks")):
        t = texts_for(language)
        listed = plans.plan_list(t, [view])
        assert listed.markup is not None
        assert f"⭐ {name}" in listed.markup.inline_keyboard[0][0].text
        card = plans.plan_card(t, view)
        assert name in card.text
        assert reported in card.text


async def test_checkout_channel_title_and_welcome_message_name_the_plan_in_the_buyers_language(shop: Shop):
    plan = await shop.priced(**MENSUAL)
    customer = await shop.customer(language="en")
    await shop.checkout(customer, plan)
    assert next(iter(shop.provider.checkouts.values())).description.endswith("· Monthly")
    assert channel_title("{brand} - {plan}", "Casa", plan, customer) == "Casa - Monthly"
    assert welcome_text("{plan}", "Casa", plan, customer) == "Monthly"


@pytest.mark.parametrize(("language", "shown", "other"), [("es", "Zafiro", "Sapphire"), ("en", "Sapphire", "Zafiro")])
async def test_site_names_the_plan_in_the_language_of_the_page(shop: Shop, language: str, shown: str, other: str):
    await shop.plan(name="Zafiro", texts={"en": {"name": "Sapphire"}})
    html = render(INDEX, language, plans=await shop.plans.all())
    assert shown in html
    assert other not in html


@pytest.mark.parametrize(
    ("language", "named"),
    [("es", "También en: inglés, portugués, zz"), ("en", "Also in: English, Portuguese, zz")],
)
def test_staff_see_the_languages_into_which_a_plan_is_translated(language: str, named: str):
    plan = samples.plan(**MENSUAL | {"texts": TEXTS | {"zz": {"name": "?"}}})
    assert named in offer.plan(texts_for(language), plan, StaffRole.OWNER, bot="RetadorBot").text


@pytest.mark.parametrize(("language", "vip"), [("es", "VIP Mensual"), ("en", "Monthly VIP"), ("pt", "VIP Mensal")])
async def test_demo_plans_are_named_and_described_in_each_language(shop: Shop, language: str, vip: str):
    """The other plans have the names of bookmakers, which are the same in every language."""
    for plan in demo_data.PLANS:
        await ManagePlans(shop.units, shop.clock).add_if_new(plan)
    plans = sorted(await ManagePlans(shop.units, shop.clock).all(), key=lambda plan: plan.position)
    assert [text_for(plan.name, language) for plan in plans] == ["Retabet", "Sportium", "Bet365", vip]
    described = {text_for(plan.description, each) for plan in plans for each in LANGUAGES}
    assert len(described) == len(plans) * len(LANGUAGES)
