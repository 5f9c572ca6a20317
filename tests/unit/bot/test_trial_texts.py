"""A free trial is named before it is bought, with the price and the day of the first charge."""

from __future__ import annotations

import pytest

from bot.screens import checkout as checkout_screens
from bot.screens import plans as screens
from bot.texts import texts_for
from subscriptions.application.catalog.browse_plans import BrowsePlans, PlanView
from subscriptions.application.checkout.choose_method import ChooseMethod
from subscriptions.application.checkout.show_offers import ShowOffers
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.money import Money
from tests.fakes.shop import TRIAL_MARKS, Shop, memory_shop
from web.prices import offer_line, trial_line
from web.texts import raw_texts

LANGUAGES = ("es", "en", "pt", "pt-br")


@pytest.fixture
def shop() -> Shop:
    return memory_shop()


def browse(shop: Shop) -> BrowsePlans:
    return BrowsePlans(shop.units, shop.gateways, shop.clock)


@pytest.fixture
async def plan(shop: Shop) -> ServicePlan:
    return await shop.plan(name="Retabet", price=Money(2900, "EUR"), trial_days=7)


async def view_of(shop: Shop, plan: ServicePlan) -> PlanView:
    (view,) = [each for each in await browse(shop).all() if each.soft_id == plan.soft_id]
    return view


@pytest.mark.parametrize("language", LANGUAGES)
async def test_trial_is_named_in_list_card_and_methods(shop: Shop, plan: ServicePlan, language: str) -> None:
    t, view = texts_for(language), await view_of(shop, plan)
    listed = screens.plan_list(t, [view]).markup
    assert listed is not None
    days, price = t.unit("day", 7), "29"
    (row,) = [row[0].text for row in listed.inline_keyboard]
    assert days in row
    assert price in row
    ways = checkout_screens.methods(t, view, shop.gateways.descriptors()).markup
    assert ways is not None
    assert all(days in row[0].text for row in ways.inline_keyboard[: len(view.methods)])
    for text in (screens.plan_card(t, view).text, checkout_screens.methods(t, view, shop.gateways.descriptors()).text):
        assert days in text
        assert view.first_charge is not None
        assert str(view.first_charge.day) in text
        assert "🎁" in text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_trial_is_named_on_the_website(shop: Shop, plan: ServicePlan, language: str) -> None:
    words, view = raw_texts(language)["price"], await view_of(shop, plan)
    line = offer_line(view, words, language)
    assert line.startswith("7 ")
    assert "29" in line
    assert view.first_charge is not None
    (until,) = trial_line(view, words, language)
    assert str(view.first_charge.day) in until


async def test_trial_is_named_in_the_payment_message(shop: Shop, plan: ServicePlan) -> None:
    ana = await shop.customer()
    checkout, _ = await shop.checkout(ana, plan)
    text = checkout_screens.pay(texts_for("es"), checkout).text
    assert "7 días gratis, después 29,00" in text
    assert "Cancela antes y no pagas nada" in text


async def test_customer_who_had_the_plan_is_promised_no_trial(shop: Shop, plan: ServicePlan) -> None:
    ana = await shop.customer()
    _, session = await shop.checkout(ana, plan)
    paid, *_ = events = shop.provider.pay(session)
    await shop.deliver(*events)
    assert paid.subscription_ref is not None
    await shop.deliver(shop.provider.end(paid.subscription_ref))
    offers = await ShowOffers(shop.units, browse(shop), TRIAL_MARKS)(ana.telegram_id)
    assert [(each.trial_days, each.first_charge) for each in offers] == [(0, None)]
    choose_method = ChooseMethod(shop.units, browse(shop), shop.deals, shop.clock, TRIAL_MARKS)
    choices = await choose_method(ana.telegram_id, plan.soft_id)
    assert choices.plan.first_charge is None
