"""A plan's card: its price, note and conditions, in the wording of the design."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.screens import checkout, plans
from bot.screens.panel.catalog import offer
from bot.texts import LANGUAGES, Texts, texts_for
from scripts import contact_samples
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


def test_plan_card_has_the_wording_and_buttons_of_the_design(t: Texts) -> None:
    card = plans.plan_card(t, PLAN)

    assert card.text.startswith("<b>Plan Retabet - 29.99€/mes</b>\nRecibe alertas de valor en tiempo real")
    assert rows(card) == [["💳 Suscribirse"], ["⬅️ Volver"]]


def test_plan_card_in_the_panel_names_the_included_chats_once(t: Texts) -> None:
    card = offer.plan(t, VIP, StaffRole.OWNER, bot="retador_bot", titles={QuestionKind.RESOURCES: {"vip": "VIP"}}).text

    assert card.count("Incluye: ") == 1
    assert "Incluye: VIP" in card


def test_plan_card_shows_the_note_under_the_description_as_typed(t: Texts) -> None:
    noted = replace(PLAN, note="Hoy <b>2 & 3</b> {plan}")
    bare = plans.plan_card(t, PLAN).text

    assert plans.plan_card(t, noted).text == bare.replace(
        PLAN.description, f"{PLAN.description}\nHoy &lt;b&gt;2 &amp; 3&lt;/b&gt; {{plan}}"
    )
    assert plans.plan_card(t, replace(noted, description="")).text.startswith(
        "<b>Plan Retabet - 29.99€/mes</b>\nHoy &lt;b&gt;2"
    )


def test_plan_name_that_already_contains_the_word_plan_is_not_prefixed(t: Texts) -> None:
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
def test_plan_card_shows_the_price_per_day_for_plans_of_a_week_or_longer(
    t: Texts, minor: int, currency: str, days: int, said: str | None
) -> None:
    once = replace(PLAN, recurring=False, interval=None, duration_days=days, price=Money(minor, currency))

    shown = plans.plan_card(t, once).text.split("\n\n")[-1]

    assert shown == "\n".join(["Un solo pago, sin renovación.", *([said] if said else [])])


def test_recurring_plan_shows_no_price_per_day(t: Texts) -> None:
    assert "≈" not in plans.plan_card(t, PLAN).text


def test_plan_card_with_a_checkout_shows_the_amount_due(t: Texts) -> None:
    checkout = CheckoutView(
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

    card = plans.plan_card(t, PLAN, checkout=checkout).text

    assert card.startswith("<b>Plan Retabet - 1500 ⭐/mes</b>")
    assert "Ya recibimos 500\xa0⭐; ahora solo faltan 1000\xa0⭐." in card


@pytest.mark.parametrize("known", [None, contact_samples.CHECKOUT], ids=["new", "known"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_subscribe_button_uses_the_first_payment_method_with_other_methods_below(
    language: str, known: CheckoutView | None
) -> None:
    t, descriptors = texts_for(language), contact_samples.descriptors()
    first, *others = contact_samples.RETABET.methods
    card = plans.plan_card(t, contact_samples.RETABET, checkout=known, descriptors=descriptors)
    assert card.markup is not None
    buttons = [each for row in card.markup.inline_keyboard for each in row]
    labels = [checkout.method_label(t, contact_samples.RETABET, descriptors[code]) for code in others]

    direct = [] if known is None else [known.url]
    verify = [] if known is None else ["verify_retabet"]
    assert known is None or known.provider == first
    assert [each.callback_data or each.url for each in buttons] == [
        "subscribe_retabet",
        *direct,
        *(f"pay_{code}_retabet" for code in others),
        *verify,
        "back_to_plans",
    ]
    assert buttons[0].text == t.plain("buttons.subscribe")
    assert [each.text for each in buttons[1 + len(direct) :][: len(others)]] == labels
    word = t.plain("buttons.subscribe").split()[-1]
    assert not any(word in each.text for each in buttons[1:]), "one button says so"
    assert checkout.method_label(t, contact_samples.RETABET, descriptors[first]) in card.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_checkout_message_links_to_the_other_methods(language: str) -> None:
    screen = checkout.pay(texts_for(language), contact_samples.CHECKOUT)
    assert screen.markup is not None
    data = [each.callback_data for row in screen.markup.inline_keyboard for each in row]

    assert data == [None, "methods_retabet", "verify_retabet", "plan_select_retabet"]
