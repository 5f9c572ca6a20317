"""Parsing of answers typed in the panel, and the chart of the business figures."""

from __future__ import annotations

import pytest

from bot.screens.panel.people.watch import alarms
from bot.texts import texts_for
from scripts import panel_samples as samples
from subscriptions.application.dto import typed_answers as reading
from subscriptions.application.dto.typed_answers import Answer, Wrong
from subscriptions.application.staff.inputs import AMOUNT
from subscriptions.domain.money import Money


@pytest.mark.parametrize(
    ("typed", "money"),
    [
        ("9.99", Money(999, "USD")),
        (" 9,99 ", Money(999, "USD")),
        ("9", Money(900, "USD")),
        ("0", Money(0, "USD")),
        ("12,5€", Money(1250, "EUR")),
        ("€ 12.50", Money(1250, "EUR")),
        ("£3", Money(300, "GBP")),
        ("500 ¥", Money(500, "JPY")),
        ("500 jpy", Money(500, "JPY")),
        ("1.5 KWD", Money(1500, "KWD")),
        ("12.3450 KWD", Money(12345, "KWD")),
        ("1.000 XTR", Money(1000, "XTR")),
        ("1.234,56 €", Money(123456, "EUR")),
        ("$1,234.56", Money(123456, "USD")),
        ("29 euros", Money(2900, "EUR")),
        ("9,99 dólares", Money(999, "USD")),
        ("150 estrellas", Money(150, "XTR")),
    ],
)
def test_typed_price_is_parsed(typed: str, money: Money) -> None:
    assert reading.typed_money(typed, "USD") == money
    assert reading.kept_money(reading.price("USD")(Answer(typed), {})) == money


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "price_unread"),
        ("gratis", "price_unread"),
        ("29 euros al mes", "price_unread"),
        ("9.99.9", "price_unread"),
        ("$9.99€", "price_unread"),
        ("--5", "price_unread"),
        ("0.999", "price_decimals"),
        ("9,9999 EUR", "price_decimals"),
        ("1.000 €", "price_either"),
        ("20.000 COP", "price_either"),
        ("1.000 KWD", "price_either"),
        ("500,5 JPY", "price_decimals"),
        ("-1", "price_negative"),
        ("−1 €", "price_negative"),
        ("5 XXQ", "currency"),
        ("9" * 30, "price_large"),
    ],
)
def test_invalid_typed_price_is_refused_with_its_reason(typed: str, why: str) -> None:
    with pytest.raises(Wrong) as refused:
        reading.price("USD")(Answer(typed), {})
    assert refused.value.key == why


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("todo", "amount_unread"),
        ("1.9999", "amount_decimals"),
        ("1.999", "amount_either"),
        ("9" * 30, "amount_large"),
        ("1 USD", "amount"),
        ("0", "amount"),
    ],
)
def test_refusal_of_an_invalid_refund_amount_names_the_amount(typed: str, why: str) -> None:
    with pytest.raises(Wrong) as refused:
        AMOUNT.parse(Answer(typed), {"currency": "EUR"})
    assert refused.value.key == why
    for language, name in (("es", "Importe:"), ("en", "Amount:")):
        assert texts_for(language).plain(f"forms.wrong.{why}", **refused.value.facts).startswith(name)


@pytest.mark.parametrize(("typed", "days"), [("7", "7"), ("+7", "7"), ("-3", "-3"), ("−3", "-3"), ("1 000", "1000")])
def test_number_of_days_is_parsed_with_its_sign(typed: str, days: str) -> None:
    assert reading.signed_days(Answer(typed), {}) == days


@pytest.mark.parametrize(
    ("typed", "why"), [("0", "days_zero"), ("x", "days"), ("1.5", "days"), ("3661", "days_range"), ("", "days")]
)
def test_invalid_number_of_days_is_refused_with_its_reason(typed: str, why: str) -> None:
    with pytest.raises(Wrong) as refused:
        reading.signed_days(Answer(typed), {})
    assert refused.value.key == why


@pytest.mark.parametrize(
    ("typed", "why"), [("", "name_empty"), (" \n ", "name_empty"), ("x" * 61, "name_long"), ("x" * 200, "name_long")]
)
def test_invalid_name_is_refused_with_its_reason(typed: str, why: str) -> None:
    with pytest.raises(Wrong) as refused:
        reading.name(Answer(typed), {})
    assert refused.value.key == why


def test_customer_is_identified_by_text_or_by_a_forwarded_message() -> None:
    assert reading.identity(Answer(" @ana "), {}) == "@ana"
    assert reading.identity(Answer("¿cuándo?", sender=7), {}) == "7"
    for answer, why in ((Answer("", is_hidden=True), "hidden"), (Answer("  "), "who")):
        with pytest.raises(Wrong) as refused:
            reading.identity(answer, {})
        assert refused.value.key == why


def test_alarm_of_another_version_does_not_hide_other_alarms() -> None:
    t = texts_for("es")
    odd = [samples.replace(samples.ALARMS[1], facts={}), samples.replace(samples.ALARMS[1], kind="brand_new")]
    shown = alarms(t, [*samples.ALARMS, *odd])
    assert shown.markup is not None
    lines = shown.text.partition("<blockquote")[2].splitlines()

    assert lines[0].partition("</b> ")[2] == "Ana (@ana): Un cliente ha pagado y sigue sin acceso · 12 mar 2026, 18:00"
    assert [line.split()[1] for line in lines[-2:]] == ["pool_share", "brand_new"]
    assert [each.text for each in shown.markup.inline_keyboard[0]] == ["Abrir 1", "Abrir 2"]


def test_amount_without_a_default_currency_is_refused() -> None:
    with pytest.raises(Wrong) as wrong:
        reading.price("")(Answer("19,90"), {})
    assert (wrong.value.key, wrong.value.facts["given"]) == ("currency_bare", "19,90")
