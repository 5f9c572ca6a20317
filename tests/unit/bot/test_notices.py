"""Announcements to customers: each message of the design's table has its text and its buttons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date

import pytest

from bot.commands import name_of
from bot.formats import calendar_day
from bot.screens import Screen, notices
from bot.texts import LANGUAGES, texts_for
from subscriptions.application.messages.announcement import ANNOUNCEMENTS, AlarmMessage
from subscriptions.domain.entities.notification import MessageKind
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from tests.fakes.announcements import NOW, announcement
from tests.support.each_case import each_case
from tests.support.written import written

LATER = NOW.replace(day=20)
PAGES = {"cards"}
OTHERS = {"until": NOW, "charge": LATER, "ended_at": NOW, "kept": None, "price": Money(3100, "EUR"), "repeatable": True}


def shown(kind: MessageKind, language: str = "es", **facts: object) -> Screen:
    has = {item.name for item in fields(ANNOUNCEMENTS[kind])}
    others = {name: fact for name, fact in OTHERS.items() if name in has}
    return notices.render(announcement(kind, **others | facts), language, "@ayuda", PAGES)


def buttons(screen: Screen) -> Sequence[tuple[str, str | None]]:
    markup = screen.markup
    return (
        [(item.text, item.callback_data or item.url) for row in markup.inline_keyboard for item in row]
        if markup
        else []
    )


K = MessageKind
MEND = ["mend_card_retabet", "mend_pay_retabet"]
ROWS = [
    (K.PAYMENT_RECEIVED, {}, ["29,99\xa0€ por Retabet", "Estamos preparando", "A1B2C3D4"], []),
    (K.PAYMENT_RECEIVED, {"back": True}, ["¡Bienvenido de nuevo!", "reabriendo tu canal"], []),
    (K.INVITE_READY, {}, ["✅ ¡Pago recibido! Tu canal exclusivo está listo:"], ["https://t.me/+abc"]),
    (K.INVITE_READY, {"trial": True}, ["Tu prueba ha empezado"], ["https://t.me/+abc"]),
    (
        K.INVITE_READY,
        {"trial": True, "next_amount": Money(2999, "EUR"), "chats": "Tertulia\thttps://t.me/+abc"},
        ["Ya tienes Retabet", "Hoy no pagas nada: 29,99\xa0€ desde el 20 mar", "Cancela antes y no pagas nada."],
        ["https://t.me/+abc"],
    ),
    (
        K.VIP_ENTRY,
        {"stage": None, "url": "https://t.me/+abc", "next_amount": Money(2999, "EUR")},
        ["Hoy no pagas nada: 29,99\xa0€ desde el 20 mar", "Cancela antes y no pagas nada."],
        ["https://t.me/+abc"],
    ),
    (K.INVITE_READY, {"again": True}, ["🔗 Aquí tienes tu nuevo enlace"], ["https://t.me/+abc"]),
    (K.RENEWED, {}, ["Renovado", "29,99\xa0€", "12 mar 2026, 21:00"], []),
    (K.PAYMENT_FAILED, {}, ["29,99\xa0€", "hasta el 12 mar 2026, 21:00", "@ayuda"], ["status"]),
    (K.PAYMENT_FAILED, {}, ["no hay tarjeta que cambiar"], ["status"]),
    (K.PAYMENT_FAILED, {"rests": True}, ["termina tu pausa", "antes del 12 mar 2026, 21:00"], ["status"]),
    (K.PAYMENT_FAILED, {"provider": "cards"}, ["29,99\xa0€", "@ayuda"], MEND),
    (K.CONFIRM_CHARGE, {"provider": "cards"}, ["Tu banco quiere que confirmes", "29,99\xa0€", "@ayuda"], MEND[::-1]),
    (K.DUNNING, {"provider": "cards"}, ["Seguimos sin poder cobrar"], MEND),
    (K.DUNNING, {}, ["Seguimos sin poder cobrar", "termina el 12 mar", "@ayuda"], ["status"]),
    (K.RENEWED, {"withheld": True}, ["Hemos recibido", "29,99\xa0€", "Tu acceso sigue en pausa"], []),
    (K.RECOVERED, {}, ["Cobro hecho", "¡Gracias!"], []),
    (K.ACCESS_MOVED, {"held": True}, ["Tu tiempo de Retabet ha cambiado", "sigue en pausa"], ["status"]),
    (K.RECOVERED, {"withheld": True}, ["Hemos recibido", "Tu acceso sigue en pausa"], []),
    (K.PAYMENT_FLAGGED, {"reason": "amount_mismatch"}, ["no es el importe del pedido #A1B2C3D4", "@ayuda"], []),
    (K.CANCELED, {"undo": True}, ["No habrá más cobros", "hasta el 12 mar"], ["undo_cancel_retabet"]),
    (K.CANCELED, {}, ["No habrá más cobros", "hasta el 12 mar", "/planes"], []),
    (K.CANCELED, {"undo": True, "over": True}, ["Lo pagado llegó hasta el 12 mar", "termina ahora"], []),
    (
        K.CANCELED,
        {"undo": True, "over": True, "charging": True},
        ["aún puede hacerse", "hasta el 12 mar", "después no habrá más cobros"],
        ["undo_cancel_retabet"],
    ),
    (K.CANCEL_UNDONE, {}, ["sigue activa", "Se renovará el 20 mar"], []),
    (
        K.CANCEL_UNDONE,
        {"next_plan": "Básico", "next_amount": Money(1999, "EUR")},
        ["sigue activa", "pasas a Básico, como habías elegido: 19,99\xa0€"],
        [],
    ),
    (K.EXPIRED, {}, ["ha terminado"], ["subscribe_retabet", "plan_list"]),
    (
        K.EXPIRED,
        {"kept": LATER},
        ["Guardamos tu canal hasta el 20 mar 2026:"],
        ["subscribe_retabet", "plan_list"],
    ),
    (
        K.COME_BACK,
        {"kept": LATER},
        ["terminó el 12 mar 2026.", "hasta el 20 mar 2026:"],
        ["subscribe_retabet", "no_offers"],
    ),
    (
        K.COME_BACK,
        {"kept": LATER, "promotion": "VUELVE", "percent": "20"},
        ["con el código VUELVE: 20\xa0% menos"],
        ["promo_VUELVE", "no_offers"],
    ),
    (K.ENDING_SOON, {"undo": True}, ["termina el 12 mar", "29,99\xa0€"], ["undo_cancel_retabet"]),
    (K.ENDING_SOON, {}, ["No se renueva solo", "31,00\xa0€"], ["subscribe_retabet"]),
    (K.ENDING_SOON, {"renews": True}, ["por ahora", "están en pausa"], ["status"]),
    (K.ENDING_SOON, {"renewable": True}, ["los días se suman", "31,00\xa0€"], ["subscribe_retabet"]),
    (
        K.ENDING_SOON,
        {"renewable": True, "given": True},
        ["No se cobra nada si tú no lo pides", "suscribirte ya por 31,00\xa0€", "se suman"],
        ["subscribe_retabet"],
    ),
    (
        K.RENEWAL_COMING,
        {},
        ["el 20 mar 2026, 21:00 (hora de Madrid)</b>: 29,99\xa0€"],
        ["status", "cancel_retabet"],
    ),
    (K.TRIAL_ENDING, {"renews": True}, ["Ese día se cobran 29,99\xa0€"], ["status", "cancel_retabet"]),
    (K.REFUNDED, {}, ["devuelto 29,99\xa0€</b> de los 29,99\xa0€", "Tu acceso no cambia"], []),
    (K.REFUNDED, {"full": True}, ["devuelto 29,99\xa0€", "Tu acceso termina"], []),
    (K.REFUNDED, {"full": True, "live": True}, ["tu acceso dura hasta el 12 mar"], []),
    (K.REFUNDED, {"full": True, "soft_id": ""}, ["nada cambia"], []),
    (K.PAUSED, {}, ["está en pausa"], ["status"]),
    (K.RESUMED, {}, ["se reanuda", "12 mar"], []),
    (K.DISPUTE_OPENED, {}, ["ha abierto una disputa", "@ayuda"], []),
    (K.DISPUTE_WON, {}, ["sigue siendo válido", "hasta el 12 mar"], []),
    (K.DISPUTE_LOST, {}, ["termina tu acceso", "no habrá más cobros"], []),
    (K.DISPUTE_LOST, {"live": True, "rests": True}, ["Tu acceso sigue en pausa"], []),
    (K.DISPUTE_LOST, {"live": True}, ["dura hasta el 12 mar"], []),
    (K.ACTION_REQUIRED, {"reason": "too_many_channels"}, ["Sal de alguno"], ["status"]),
    (K.STRANGER_REMOVED, {}, ["ya está fuera"], ["status"]),
]


@each_case(
    ("kind", "facts", "words", "ways"), ROWS, ids=[f"{kind}-{'-'.join(facts) or 'plain'}" for kind, facts, _, _ in ROWS]
)
def test_each_message_has_its_text_and_buttons(
    kind: MessageKind, facts: Mapping[str, object], words: Sequence[str], ways: Sequence[str]
) -> None:
    screen = shown(kind, **facts)

    assert [word for word in words if word not in written(screen.text)] == []
    assert [data for _, data in buttons(screen)] == list(ways)


@each_case("language", LANGUAGES)
@each_case(("kind", "facts"), [(kind, facts) for kind, facts, _, _ in ROWS])
def test_message_texts_have_no_placeholder_dash_for_a_missing_value(
    kind: MessageKind, facts: Mapping[str, object], language: str
) -> None:
    assert "–" not in shown(kind, language, **facts).text


def test_win_back_button_shows_the_price() -> None:
    assert buttons(shown(MessageKind.COME_BACK))[0][0] == "🔓 Volver a Retabet · 31,00\xa0€"


@pytest.mark.parametrize("language", LANGUAGES)
def test_paid_without_access_alarm_has_the_repair_button(language: str) -> None:
    access = new_uuid()
    facts = {"access": str(access), "telegram_id": "77", "channel": "Retador (creating)"}
    screen = notices.render(AlarmMessage(alarm="paid_without_access", facts=facts), language)

    assert buttons(screen)[0][1] == f"repair_{access.hex}"
    assert "77" in screen.text
    assert str(access) not in screen.text


RIGHT = {"withdraw_until": date(2026, 3, 26), "order": new_uuid().hex}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "facts",
    [{}, {"back": True}, {"vip": True, "stage": 1}, {"shared": True}, {"longer": True}, {"declared": "service"}],
    ids=str,
)
def test_payment_message_has_at_most_the_entry_button_and_names_the_right_to_withdraw(
    language: str, facts: Mapping[str, object]
) -> None:
    without, with_right = (shown(K.PAYMENT_RECEIVED, language, **facts, **more) for more in ({}, RIGHT))

    assert buttons(with_right) == buttons(without)
    assert [data for _, data in buttons(with_right)] == (["vip_stage_1"] if "stage" in facts else [])
    assert str(calendar_day(texts_for(language), date(2026, 3, 26))) in with_right.text
    assert f"/{name_of('estado', language)}" in with_right.text, "where the button of the right is"


@pytest.mark.parametrize("language", LANGUAGES)
def test_invite_message_has_the_invite_link_only(language: str) -> None:
    assert [data for _, data in buttons(shown(K.INVITE_READY, language))] == ["https://t.me/+abc"]
