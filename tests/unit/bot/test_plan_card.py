"""A plan's card: its price, note and conditions, as the design says them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.screens import plans
from bot.screens.panel.catalog import offer
from bot.texts import Texts, texts_for
from scripts.panel_samples import VIP
from subscriptions.application.catalog.plan_fields import QuestionKind
from subscriptions.application.checkout.start_checkout import CheckoutView
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.ids import OrderId, new_uuid
from subscriptions.domain.money import Money
from tests.unit.bot.test_screens import NOW, PLAN, rows


@pytest.fixture
def t() -> Texts:
    return texts_for("es")


def test_plan_card_reads_as_the_design_says(t: Texts) -> None:
    card = plans.plan_card(t, PLAN)

    assert card.text.startswith("<b>Plan Retabet - 29.99€/mes</b>\nRecibe alertas de valor en tiempo real")
    assert rows(card) == [["💳 Suscribirse"], ["🎁 Regalar", "⬅️ Volver"]]


def test_the_panels_card_names_what_a_plan_opens_once(t: Texts) -> None:
    card = offer.plan(t, VIP, StaffRole.OWNER, bot="retador_bot", titles={QuestionKind.RESOURCES: {"vip": "VIP"}}).text

    assert card.count("Abre: ") == 1
    assert "Abre: VIP" in card


def test_plan_card_shows_the_note_under_the_description_as_typed(t: Texts) -> None:
    noted = replace(PLAN, note="Hoy <b>2 & 3</b> {plan}")
    bare = plans.plan_card(t, PLAN).text

    assert plans.plan_card(t, noted).text == bare.replace(
        PLAN.description, f"{PLAN.description}\nHoy &lt;b&gt;2 &amp; 3&lt;/b&gt; {{plan}}"
    )
    assert plans.plan_card(t, replace(noted, description="")).text.startswith(
        "<b>Plan Retabet - 29.99€/mes</b>\nHoy &lt;b&gt;2"
    )


def test_plan_is_not_called_plan_twice(t: Texts) -> None:
    assert plans.plan_card(t, replace(PLAN, name="Plan Oro")).text.startswith("<b>Plan Oro - 29.99€/mes</b>")


@pytest.mark.parametrize(
    ("minor", "currency", "days", "said"),
    [
        (2999, "EUR", 30, "≈ 0,99\xa0€/día"),
        (999, "USD", 30, "≈ 0,33\xa0US$/día"),
        (700, "USD", 7, "≈ 1,00\xa0US$/día"),
        (500, "JPY", 30, "≈ 16\xa0JPY/día"),
        (700, "USD", 6, None),
        (20, "JPY", 30, None),
    ],
)
def test_plan_card_says_what_a_day_costs_from_a_week_on(
    t: Texts, minor: int, currency: str, days: int, said: str | None
) -> None:
    once = replace(PLAN, recurring=False, interval=None, duration_days=days, price=Money(minor, currency))

    told = plans.plan_card(t, once).text.split("\n\n")[-1]

    assert told == "\n".join(["Un solo pago, sin renovación.", *([said] if said else [])])


def test_plan_that_renews_says_no_price_by_the_day(t: Texts) -> None:
    assert "≈" not in plans.plan_card(t, PLAN).text


def test_card_that_leads_to_the_place_to_pay_shows_what_is_asked_there(t: Texts) -> None:
    place = CheckoutView(
        order_id=OrderId(new_uuid()),
        attempt=1,
        reference="A1",
        plan=PLAN,
        provider="one",
        amount=Money(1000, "XTR"),
        price=Money(1500, "XTR"),
        url="https://pay.example",
        expires_at=NOW,
        is_reused=False,
    )

    card = plans.plan_card(t, PLAN, place=place).text

    assert card.startswith("<b>Plan Retabet - 1500 ⭐/mes</b>")
    assert "Ya recibimos 500\xa0⭐; ahora solo faltan 1000\xa0⭐." in card
