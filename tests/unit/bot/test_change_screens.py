"""Check that the card of a plan change shows the cost and the date before any button is pressed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.screens import Screen, change, plans, status
from bot.texts import texts_for
from scripts import contact_samples as samples
from scripts.contact_changes import CHATS, DOWN, ONCE, UP
from subscriptions.application.subscriptions.offered_changes import ChangedChats, ChangeOffer, ChangeQuote, ResumePage
from subscriptions.domain.money import Money
from tests.support.written import written

ES = texts_for("es")
RENEWAL = "12 abr 2026"


def quoted(offer: ChangeOffer, due: int) -> Screen:
    return change.quote(ES, ChangeQuote(offer=offer, chats=CHATS, due=Money(due, "EUR"), as_of=samples.NOW))


def labels(screen: Screen) -> list[str]:
    return [item.text for row in screen.markup.inline_keyboard for item in row] if screen.markup else []


@pytest.mark.parametrize(
    ("offer", "due", "words", "sure"),
    [
        pytest.param(
            UP, 1016, ["Hoy pagas 10,16\xa0€", "49,99\xa0€/mes", RENEWAL], "Sí, cambiar ahora", id="more expensive plan"
        ),
        pytest.param(UP, 0, ["Hoy no pagas nada", "49,99\xa0€/mes", RENEWAL], "Sí, cambiar ahora", id="the same price"),
        pytest.param(
            DOWN,
            0,
            ["hoy no pagas nada", "19,99\xa0€/mes", RENEWAL, "deshacerlo"],
            f"Sí, cambiar el {RENEWAL}",
            id="cheaper plan",
        ),
    ],
)
def test_plan_change_quote_shows_cost_and_date_first(offer: ChangeOffer, due: int, words: list[str], sure: str) -> None:
    screen = quoted(offer, due)
    assert all(word in screen.text for word in ["de Retabet a Sportium", *words])
    assert labels(screen) == [sure, "⬅️ Volver"]


@pytest.mark.parametrize(("offer", "amount"), [(UP, "39,99\xa0€"), (DOWN, "0,00\xa0€")])
def test_plan_change_quote_shows_the_announced_renewal_if_it_differs_from_the_price(
    offer: ChangeOffer, amount: str
) -> None:
    renewal = Money(int(amount[:-2].replace(",", "")), "EUR")
    plan_change = ChangeQuote(offer=offer, chats=CHATS, due=Money(0, "EUR"), as_of=samples.NOW, first_renewal=renewal)
    text = written(change.quote(ES, plan_change).text)
    assert f"el cobro del {RENEWAL}, 22:00 es de {amount}." in text
    same = replace(plan_change, first_renewal=offer.price)
    assert "el cobro del" not in written(change.quote(ES, same).text)


@pytest.mark.parametrize(
    ("chats", "words"),
    [
        (
            CHATS,
            [
                "Tu canal es el mismo: desde ahora recibe los picks de Sportium, en lugar de los de Retabet.",
                "➕ Tendrás acceso a: Avisos, Tertulia.",
                "➖ Perderás el acceso a: Novedades.",
            ],
        ),
        (ChangedChats(own=False, gains=("Avisos",)), ["➕ Tendrás acceso a: Avisos."]),
        (ChangedChats(own=False), ["Sigues en los mismos chats."]),
    ],
)
def test_plan_change_quote_lists_gained_and_lost_chats(chats: ChangedChats, words: list[str]) -> None:
    screen = change.quote(ES, ChangeQuote(offer=UP, chats=chats, due=Money(0, "EUR"), as_of=samples.NOW))
    assert written(screen.text).rpartition("\n\n")[2].splitlines() == words


def test_plan_change_quote_shows_the_credit_and_its_new_value() -> None:
    screen = change.quote(ES, ONCE)
    assert "Te queda: 12 días de Retabet, por valor de 11,60\xa0€." in screen.text
    becomes = "Con el cambio: 7 días de Sportium, hasta el 19 mar 2026, 21:00 (hora de Madrid). No pagas nada."
    assert becomes in written(screen.text)
    assert labels(screen) == ["Sí, cambiar ahora", "⬅️ Volver"]


def test_card_of_another_plan_offers_the_change() -> None:
    assert labels(plans.plan_card(ES, samples.SPORTIUM)) == ["💳 Suscribirse", "⬅️ Volver"]
    offered = plans.plan_card(ES, samples.SPORTIUM, [UP])
    assert labels(offered) == ["💳 Suscribirse", "🔁 Cambiar a Sportium", "⬅️ Volver"]
    assert "desde Retabet" in offered.text


def test_customer_with_several_plans_is_asked_which_plan_to_change() -> None:
    several = [UP, replace(UP, subscription="00000001", from_name="Bet365")]
    card = plans.plan_card(ES, samples.SPORTIUM, several)
    assert card.markup is not None
    assert card.markup.inline_keyboard[1][0].callback_data == "switch_sportium"
    assert labels(change.which(ES, several))[:2] == ["Retabet", "Bet365"]


def test_pending_change_is_on_the_status_card_with_an_undo_button() -> None:
    coming = replace(samples.LIVE, next_plan="Sportium", next_price=DOWN.price, next_at=DOWN.renewal)
    screen = status.status(ES, samples.card(coming), changeable=["retabet"])
    assert "Cambia a: Sportium · 19,99\xa0€" in screen.text
    below = status.manage(ES, samples.card(coming), changeable=["retabet"])
    assert "↩️ Seguir con mi plan" in labels(below)
    assert "🔁 Cambiar de plan" not in labels(below)


def test_screen_that_links_to_the_providers_undo_page_shows_the_deadline() -> None:
    screen = change.keep_there(ES, ResumePage(page="https://pay.example/1", change_at=UP.renewal))
    assert f"antes del {RENEWAL}" in written(screen.text)
    assert "Confirmar que sigo con mi plan" in labels(screen)
