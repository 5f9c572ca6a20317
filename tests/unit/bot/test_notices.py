"""What the product owes somebody to say: each row of the design's table, with the way on under it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.screens import Screen, notices
from bot.texts import LANGUAGES
from subscriptions.domain.entities import notification as kinds
from subscriptions.domain.entities.notification import Notification
from subscriptions.domain.ids import TelegramId, new_uuid
from tests.unit.bot.test_screens import FACTS, NOW

LATER = NOW.replace(day=20).isoformat()
ALL = {**FACTS, "paid": "29.99€", "price": "31€", "charge": LATER, "kept": LATER, "ended_at": NOW.isoformat()}


def told(kind: str, language: str = "es", **facts: str) -> Screen:
    shown = {**ALL, "reason": "", "kept": "", **facts}
    return notices.render(Notification.owe(kind, "key", TelegramId(1), language, NOW, **shown), "@ayuda")


def buttons(screen: Screen) -> Sequence[tuple[str, str | None]]:
    markup = screen.markup
    return (
        [(item.text, item.callback_data or item.url) for row in markup.inline_keyboard for item in row]
        if markup
        else []
    )


ROWS = [
    (kinds.PAYMENT_RECEIVED, {}, ["29.99€ por Retabet", "Estamos preparando", "A1B2C3D4"], []),
    (kinds.PAYMENT_RECEIVED, {"back": "yes"}, ["¡Bienvenido de nuevo!", "canal de siempre"], []),
    (kinds.INVITE_READY, {}, ["✅ ¡Pago recibido! Tu canal exclusivo está listo:"], ["https://t.me/+abc"]),
    (kinds.INVITE_READY, {"trial": "yes"}, ["Tu prueba ha empezado"], ["https://t.me/+abc"]),
    (kinds.INVITE_READY, {"again": "yes"}, ["🔗 Aquí tienes tu nuevo enlace"], ["https://t.me/+abc"]),
    (kinds.RENEWED, {}, ["Renovado", "29.99€", "12 mar 2026, 21:00"], []),
    (kinds.PAYMENT_FAILED, {}, ["29.99€", "hasta el 12 mar 2026, 21:00", "@ayuda"], ["status"]),
    (kinds.PAYMENT_FAILED, {"portal": "https://pay.example/me"}, ["29.99€"], ["https://pay.example/me"]),
    (kinds.DUNNING, {}, ["Seguimos sin poder cobrar", "termina el 12 mar", "@ayuda"], ["status"]),
    (kinds.RECOVERED, {}, ["Cobro hecho", "¡Gracias!"], []),
    (kinds.CANCELED, {"undo": "yes"}, ["No habrá más cobros", "hasta el 12 mar"], ["undo_cancel_retabet"]),
    (kinds.CANCELED, {}, ["No habrá más cobros", "hasta el 12 mar", "/planes"], []),
    (kinds.CANCELED, {"undo": "yes", "over": "yes"}, ["Lo pagado llegó hasta el 12 mar", "termina ahora"], []),
    (kinds.CANCEL_UNDONE, {}, ["sigue en pie"], []),
    (kinds.EXPIRED, {}, ["ha terminado"], ["subscribe_retabet", "plan_list"]),
    (kinds.EXPIRED, {"kept": LATER}, ["Guardamos tu canal hasta el 20 mar 2026:"], ["subscribe_retabet", "plan_list"]),
    (kinds.COME_BACK, {"kept": LATER}, ["terminó el 12 mar 2026.", "hasta el 20 mar 2026:"], ["subscribe_retabet"]),
    (kinds.ENDING_SOON, {"undo": "yes"}, ["termina el 12 mar", "29.99€"], ["undo_cancel_retabet"]),
    (kinds.ENDING_SOON, {}, ["No se renueva solo", "31€"], ["subscribe_retabet"]),
    (kinds.ENDING_SOON, {"renewable": "yes"}, ["los días se suman", "31€"], ["subscribe_retabet"]),
    (kinds.RENEWAL_COMING, {}, ["se renueva el 20 mar 2026, 21:00</b>: 29.99€"], ["status", "cancel_retabet"]),
    (kinds.TRIAL_ENDING, {"renews": "yes"}, ["Ese día se cobran 29.99€"], ["status", "cancel_retabet"]),
    (kinds.REFUNDED, {}, ["devuelto 29.99€</b> de los 29.99€", "Tu acceso no cambia"], []),
    (kinds.REFUNDED, {"full": "yes"}, ["devuelto 29.99€", "termina tu acceso"], []),
    (kinds.REFUNDED, {"full": "yes", "live": "yes"}, ["tu acceso llega hasta el 12 mar"], []),
    (kinds.REFUNDED, {"full": "yes", "soft_id": ""}, ["nada cambia"], []),
    (kinds.PAUSED, {}, ["está en pausa"], ["status"]),
    (kinds.RESUMED, {}, ["se reanuda", "12 mar"], []),
    (kinds.DISPUTE_OPENED, {}, ["ha abierto una disputa", "@ayuda"], []),
    (kinds.DISPUTE_WON, {}, ["sigue siendo válido", "hasta el 12 mar"], []),
    (kinds.DISPUTE_LOST, {}, ["termina tu acceso", "no habrá más cobros"], []),
    (kinds.DISPUTE_LOST, {"live": "yes"}, ["llega hasta el 12 mar"], []),
    (kinds.ACTION_REQUIRED, {"reason": "too_many_channels"}, ["Sal de alguno"], ["status"]),
    (kinds.STRANGER_REMOVED, {}, ["ya está fuera"], ["status"]),
]


@pytest.mark.parametrize(
    ("kind", "facts", "words", "ways"), ROWS, ids=[f"{kind}-{'-'.join(facts) or 'plain'}" for kind, facts, _, _ in ROWS]
)
def test_each_row_is_told_with_its_way_on(
    kind: str, facts: dict[str, str], words: Sequence[str], ways: Sequence[str]
) -> None:
    screen = told(kind, **facts)

    assert [word for word in words if word not in screen.text] == []
    assert [data for _, data in buttons(screen)] == list(ways)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("kind", "facts"), [(kind, facts) for kind, facts, _, _ in ROWS])
def test_no_text_leaves_a_gap(kind: str, facts: dict[str, str], language: str) -> None:
    assert "–" not in told(kind, language, **facts).text


@pytest.mark.parametrize("kind", sorted(kinds.KINDS - {kinds.ALARM}))
def test_message_owed_by_an_earlier_version_is_still_told(kind: str) -> None:
    assert notices.render(Notification.owe(kind, "key", TelegramId(1), "es", NOW, **FACTS)).text


def test_way_back_names_the_price() -> None:
    assert buttons(told(kinds.COME_BACK))[0][0] == "🔓 Volver a Retabet · 31€"


@pytest.mark.parametrize("language", LANGUAGES)
def test_alarm_about_paid_access_carries_the_button_that_repairs_it(language: str) -> None:
    access = new_uuid()
    facts = {
        "alarm": "paid_without_access",
        "access": str(access),
        "telegram_id": "77",
        "channel": "Retador (creating)",
    }
    screen = notices.render(Notification.owe(kinds.ALARM, "key", TelegramId(1), language, NOW, **facts))

    assert buttons(screen)[0][1] == f"repair_{access.hex}"
    assert "77" in screen.text
    assert str(access) not in screen.text
