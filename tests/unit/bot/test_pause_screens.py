"""Status card of a customer who skips a month, and the single offer shown for each cancellation reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.screens import Screen, cancel, pause, status
from bot.texts import texts_for
from scripts import contact_samples as samples
from scripts.contact_pauses import PAUSED, SETTLED, VIEW

ES = texts_for("es")
FREE = replace(samples.LIVE, pausable=True)


def words(screen: Screen) -> list[str]:
    assert screen.markup is not None
    return [button.text for row in screen.markup.inline_keyboard for button in row]


def offered(reason: str, *, pauses: bool = False, stay: int = 0) -> Screen:
    return cancel.offer(
        ES,
        samples.LIVE,
        reason,
        several=False,
        cheaper=None,
        contact="@ayuda",
        keeps=timedelta(days=30),
        pauses=pauses,
        stay=timedelta(days=stay),
    )


def test_pause_is_offered_for_monthly_plans_of_providers_with_pauses() -> None:
    assert "⏸ Pausar un mes" in words(status.manage(ES, samples.card(FREE), pauses={"card"}))
    assert "⏸ Pausar un mes" not in words(status.manage(ES, samples.card(FREE), pauses={"crypto"}))
    assert "⏸ Pausar un mes" not in words(status.manage(ES, samples.card(samples.LIVE), pauses={"card"}))


def test_status_card_shows_a_planned_pause_instead_of_the_next_charge() -> None:
    view = samples.card(replace(samples.LIVE, pause_until=VIEW.charge_at))
    planned = status.status(ES, view, pauses={"card"})
    assert "Pausa: 12 abr 2026 – 13 may 2026, sin cobros" in planned.text
    assert "Próximo cobro" not in planned.text
    assert "▶️ Reanudar" in words(status.manage(ES, view, pauses={"card"}))


def test_pause_screens_state_the_amount_and_date_of_the_next_charge() -> None:
    assert "se cobran 29,99\u00a0€" in pause.card(ES, VIEW).text
    assert "Todo sigue como si no la hubieras pedido" in pause.going_on(ES, SETTLED).text
    assert "Si la terminas ya" in pause.going_on(ES, PAUSED).text
    assert "no permite cobrar antes" in pause.end(ES, PAUSED, PAUSED).text
    assert "El cobro de 29,99\u00a0€ se hace ahora" in pause.end(ES, PAUSED, None).text
    dropped = pause.end(ES, SETTLED, None)
    assert dropped.text == "✅ Pausa quitada. Próximo cobro de Retabet: 29,99\u00a0€ el 12 abr 2026."
    assert "la pausa continúa" in pause.decline(ES, PAUSED).text


@pytest.mark.parametrize(
    ("screen", "said", "way"),
    [
        (offered("time", pauses=True, stay=7), "pausar un mes", "⏸ Pausar un mes"),
        (offered("time"), "guardamos tu canal", None),
        (offered("results", pauses=True, stay=7), "te regalamos <b>7 días</b>", "🎁 Quedarme con 7 días más"),
        (offered("other", stay=7), "te regalamos <b>7 días</b>", "🎁 Quedarme con 7 días más"),
        (offered("results"), "@ayuda", "✉️ Escribir a una persona"),
        (offered("price", pauses=True, stay=7), "quédate y te regalamos <b>7 días</b>", "🎁 Quedarme con 7 días más"),
    ],
)
def test_each_cancellation_reason_leads_to_one_offer_such_as_a_pause_or_free_days(
    screen: Screen, said: str, way: str | None
) -> None:
    assert said in screen.text
    assert words(screen) == [*([way] if way else []), "Sí, cancelar", "↩️ No, seguir como estoy"]
