"""Buttons of the status card, which lead to every action, and the cancellation card, which names only what remains
after the cancellation.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.screens import Screen, cancel, status
from bot.texts import texts_for
from scripts import contact_samples as samples
from scripts.contact_changes import DOWN
from subscriptions.application.views.show_status import PaymentView, StatusView
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus

ES = texts_for("es")
INSIDE = replace(samples.LIVE, access=AccessStatus.ACTIVE, invite_url=None, channel_url="https://t.me/c/1234/1")


def rows(screen: Screen) -> list[list[str]]:
    assert screen.markup is not None
    return [[button.text for button in row] for row in screen.markup.inline_keyboard]


def test_status_and_manage_cards_of_a_subscriber_have_a_button_for_every_action() -> None:
    paid = PaymentView(at=samples.NOW, amount=INSIDE.price, reference="A1B2C3D4")
    view, pages = StatusView(subscriptions=(INSIDE,), open_orders=(), payments=(paid,)), {INSIDE.provider or ""}
    card = [["📲 Abrir mi canal"], ["⚙️ Gestionar ▸", "🆘 Ayuda"]]
    assert rows(status.status(ES, view, changeable={INSIDE.soft_id}, pages=pages)) == card
    assert rows(status.manage(ES, view, changeable={INSIDE.soft_id}, pages=pages)) == [
        ["🔁 Cambiar de plan"],
        ["💳 Cambiar la tarjeta"],
        ["Cancelar la suscripción"],
        ["Ver Planes", "¿Por qué?"],
        ["⬅️ Volver"],
    ]
    late = replace(view, subscriptions=(replace(INSIDE, status=SubscriptionStatus.PAST_DUE),))
    assert rows(status.status(ES, late, pages=pages)) == [
        ["💶 Pagar ahora"],
        card[0],
        ["💳 Actualizar tarjeta"],
        card[1],
    ]
    assert rows(status.manage(ES, late, pages=pages))[:1] == [["Cancelar la suscripción"]]


@pytest.mark.parametrize(
    ("reason", "offered", "way"),
    [
        ("price", f"puedes pasar a <b>{DOWN.to_name}</b>, en tu mismo canal", f"🔁 Cambiar a {DOWN.to_name}"),
        ("time", "guardamos tu canal durante 30 días", None),
        ("results", "lo vemos contigo: @ayuda", "✉️ Escribir a una persona"),
    ],
)
def test_each_cancellation_reason_leads_to_one_retention_offer(reason: str, offered: str, way: str | None) -> None:
    days = timedelta(days=30)
    screen = cancel.offer(ES, samples.LIVE, reason, several=False, cheaper=DOWN, contact="@ayuda", keeps=days)
    assert offered in screen.text
    assert rows(screen) == [*([[way]] if way else []), ["Sí, cancelar"], ["↩️ No, seguir como estoy"]]


@pytest.mark.parametrize(("reason", "says"), [("price", "puedes pasar a"), ("time", "Puedes cancelar aquí mismo")])
def test_retention_offer_for_a_group_mentions_no_channel(reason: str, says: str) -> None:
    group = replace(samples.LIVE, own=False)
    days = timedelta(days=30)
    text = cancel.offer(ES, group, reason, several=False, cheaper=DOWN, contact="@ayuda", keeps=days).text
    assert says in text
    assert "canal" not in text


def test_retention_offer_promises_no_more_than_the_owner_configured() -> None:
    card = cancel.card(ES, samples.LIVE, several=False).text
    assert "¿Nos dices por qué?" in card
    assert "mejor que" not in card
    offer = partial(cancel.offer, ES, samples.LIVE, "price", several=False, contact="@ayuda", keeps=timedelta(days=30))
    bare = offer(cheaper=None)
    assert "Puedes cancelar aquí mismo" in bare.text
    assert rows(bare) == [["Sí, cancelar"], ["↩️ No, seguir como estoy"]]
    given = offer(cheaper=None, stay=timedelta(days=7))
    assert "quédate y te regalamos <b>7 días</b>" in given.text
    assert rows(given)[0] == ["🎁 Quedarme con 7 días más"]
    assert "puedes pasar a" in offer(cheaper=DOWN, stay=timedelta(days=7)).text, "a cheaper plan comes first"


def test_cancellation_card_promises_access_for_the_paid_period_and_an_undo() -> None:
    card = cancel.card(ES, samples.LIVE, several=False).text
    assert "Mantendrás el acceso" in card
    assert "deshacerlo" in card


def test_cancellation_of_a_past_due_subscription_ends_with_the_paid_period() -> None:
    late = samples.STATES["a charge failed"]
    card = cancel.card(ES, late, several=False).text
    assert "termina entonces y no el" in card
    assert "deshacer" not in card


def test_cancellation_card_names_a_charge_that_is_under_way() -> None:
    charging = replace(samples.LIVE, charging_until=samples.NOW + timedelta(days=30))
    card = cancel.card(ES, charging, several=False).text
    assert "aún puede hacerse" in card
    assert "No habrá más cobros" not in card
