"""Check that lifetime plans are never shown with a number of days or an end date."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.formats import brief, day, moment
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.catalog.browse_plans import PlanView
from subscriptions.application.views.plan_texts import plan_price
from subscriptions.domain.entities.service_plan import LIFETIME
from subscriptions.domain.money import Money
from tests.fakes.samples import NOON
from web.prices import price_line
from web.texts import raw_texts

PLAN = PlanView(
    soft_id="siempre",
    name="Siempre",
    emoji="",
    description="",
    price=Money(9900, "EUR"),
    recurring=False,
    interval=None,
    interval_count=1,
    duration_days=LIFETIME,
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_duration_of_a_lifetime_plan_is_shown_in_words_in_the_chat(language: str) -> None:
    t, end = texts_for(language), NOON + timedelta(days=LIFETIME)
    assert plan_price(t, PLAN).endswith(t.plain("units.forever"))
    assert {moment(t, end), brief(t, end), day(t, end)} == {t.plain("units.never")}


def test_duration_of_a_lifetime_plan_is_shown_in_words_on_the_site() -> None:
    assert price_line(PLAN, raw_texts("es")["price"], "es") == "99,00\xa0€ · para siempre"
