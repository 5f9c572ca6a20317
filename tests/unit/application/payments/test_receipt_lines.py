"""Receipts as shown to customers and as read by the accountant's spreadsheet."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from subscriptions.application.lists.spreadsheet import plain
from subscriptions.application.payments.issue_receipts import CompleteReceipts, IssueReceipts
from subscriptions.application.payments.receipt_lines import (
    COLUMNS,
    ListReceipts,
    receipt_table,
    tax_rows,
)
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from tests.fakes.shop import POLICY, Shop, memory_shop

PRICE = Money(2999, "EUR")


async def sold(shop: Shop, **person: str) -> tuple[TelegramId, str]:
    """Create a customer who paid on 1 March and was partially refunded the next day. Return the Telegram id and the key
    of the payment.
    """
    plan, ana = await shop.plan(name="=Retabet"), await shop.customer(**person)
    _, session = await shop.checkout(ana, plan)
    paid = shop.provider.pay(session, tax=Money(521, "EUR"))[1]
    await shop.deliver(paid)
    shop.clock.advance(timedelta(days=1))
    back = {
        "payment_key": f"re-{paid.payment_key}",
        "amount": Money(1000, "EUR"),
        "amount_refunded": Money(1000, "EUR"),
    }
    reported = shop.provider.create_event(
        PaymentEventKind.REFUND, "refund", about_payment=paid.payment_key, order_id=paid.order_id, **back
    )
    await shop.deliver(reported)
    return ana.telegram_id, str(paid.payment_key)


async def test_receipts_of_a_quarter_are_summed_by_currency_and_rate() -> None:
    shop = memory_shop()
    await sold(shop)
    lines = await ListReceipts(shop.units)(date(2026, 1, 1), date(2026, 3, 31))
    assert tax_rows(lines, POLICY) == [
        {"currency": "EUR", "rate": "21", "net": "16.52", "tax": "3.47", "gross": "19.99", "documents": "2"}
    ]
    untaxed = [replace(line, receipt=replace(line.receipt, tax_minor=None)) for line in lines]
    assert tax_rows(untaxed, POLICY) == [
        {"currency": "EUR", "rate": "", "net": "", "tax": "", "gross": "19.99", "documents": "2"}
    ]


async def test_sales_to_other_countries_are_summed_by_country_only_if_the_country_has_a_rate() -> None:
    shop, policy = memory_shop(), replace(POLICY, vat_rate=Decimal(21), vat_rates={"PT": Decimal(23)})
    await sold(shop)
    (line,) = await ListReceipts(shop.units)(date(2026, 3, 1), date(2026, 3, 1))
    lines = [
        replace(line, receipt=replace(line.receipt, country=country, tax_minor=tax))
        for country, tax in (("PT", 561), ("PT", 561), ("DE", 520), (None, 520))
    ]
    assert tax_rows(lines, policy, abroad=True) == [
        {
            "country": "PT",
            "currency": "EUR",
            "rate": "23",
            "net": "48.76",
            "tax": "11.22",
            "gross": "59.98",
            "documents": "2",
        }
    ]
    (rest,) = tax_rows(lines, policy)
    assert (rest["rate"], rest["tax"], rest["documents"]) == ("21", "10.40", "2")


@pytest.mark.parametrize(
    ("minor", "tax", "configured", "rate"),
    [
        (99, 17, None, "21"),
        (50, 5, None, "10"),
        (99, 17, "20", "20"),
        (2999, 444, None, "17.5"),
        (2999, 1, None, "0"),
        (2999, 0, "21", "0"),
        (3, 0, "21", "0"),
        (2999, 196, "7", "7"),
    ],
)
async def test_tax_rate_of_a_sale_is_derived_from_its_amounts_and_the_configured_rate(
    minor: int, tax: int, configured: str | None, rate: str
) -> None:
    shop = memory_shop()
    await sold(shop)
    (line,) = await ListReceipts(shop.units)(date(2026, 3, 1), date(2026, 3, 1))
    small = replace(line, receipt=replace(line.receipt, amount=Money(minor, "EUR"), tax_minor=tax))
    policy = replace(POLICY, vat_rate=Decimal(configured) if configured else None)
    assert [row["rate"] for row in tax_rows([small], policy)] == [rate]


async def test_credit_note_has_the_rate_of_the_receipt_it_corrects() -> None:
    shop = memory_shop()
    await sold(shop)
    (credit,) = await ListReceipts(shop.units)(date(2026, 3, 2), date(2026, 3, 2))
    small = replace(credit, receipt=replace(credit.receipt, amount=Money(3, "EUR"), tax_minor=0))
    assert [row["rate"] for row in tax_rows([small], POLICY)] == ["21"]


async def test_accountant_table_lists_credit_notes_with_negative_amounts() -> None:
    shop = memory_shop()
    ana, key = await sold(shop, username="ana", first_name="Ana")
    lines = await ListReceipts(shop.units)(date(2026, 3, 1), date(2026, 3, 2))
    credit, receipt = list(csv.DictReader(io.StringIO(receipt_table(lines))))
    assert list(receipt) == list(COLUMNS)
    assert (receipt["number"], receipt["amount"], receipt["tax"], receipt["currency"]) == (
        "R2026-00001",
        "29.99",
        "5.21",
        "EUR",
    )
    assert (receipt["date"], credit["date"]) == ("2026-03-01", "2026-03-02")
    assert (credit["number"], credit["amount"], credit["tax"]) == ("A2026-00001", "-10.00", "-1.74")
    assert credit["corrects"] == "R2026-00001"
    assert receipt["payment"] == key
    assert receipt["customer"] == f"{ana} · @ana"
    # A name must not become a spreadsheet formula.
    assert receipt["plan"] == "'=Retabet"


def test_cell_text_cannot_start_another_cell_or_a_formula() -> None:
    assert plain("a;=cmd|'/C calc'!A0;b") == "a,=cmd|'/C calc'!A0,b"
    assert plain("Ana\r\n=1+1") == "Ana  =1+1"
    assert plain("\n=1+1") == "' =1+1"


async def test_signed_amounts_have_the_decimals_of_their_currency() -> None:
    shop = memory_shop()
    await sold(shop)
    lines = await ListReceipts(shop.units)(date(2026, 3, 1), date(2026, 3, 2))
    yen = [replace(line, receipt=replace(line.receipt, amount=Money(1100, "JPY"), tax_minor=100)) for line in lines]
    rows = list(csv.DictReader(io.StringIO(receipt_table(yen))))
    assert [(row["amount"], row["tax"], row["currency"]) for row in rows] == [
        ("-1100", "-100", "JPY"),
        ("1100", "100", "JPY"),
    ]


async def test_payments_without_receipts_from_an_earlier_release_get_receipt_numbers_once() -> None:
    shop = memory_shop()
    await sold(shop)
    await sold(shop)
    shop.memory.tables["receipts"] = []
    complete = CompleteReceipts(shop.units, shop.clock, IssueReceipts(shop.policy))
    assert await complete(date(2026, 3, 3)) == 0
    assert await complete(date(2026, 3, 1)) == 2
    assert await complete(date(2026, 3, 1)) == 0
    lines = await ListReceipts(shop.units)(date(2026, 3, 1), date(2026, 3, 9))
    assert [line.receipt.label for line in lines] == ["A2026-00001", "A2026-00002", "R2026-00001", "R2026-00002"]
    assert [line.corrects for line in lines[:2]] == ["R2026-00001", "R2026-00002"]


async def test_report_period_includes_its_first_and_its_last_day() -> None:
    shop = memory_shop()
    await sold(shop)
    table = ListReceipts(shop.units)
    assert [line.receipt.label for line in await table(date(2026, 3, 1), date(2026, 3, 1))] == ["R2026-00001"]
    assert [line.receipt.label for line in await table(date(2026, 3, 2), date(2026, 3, 2))] == ["A2026-00001"]
    assert await table(date(2026, 2, 1), date(2026, 2, 28)) == []


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Europe/Madrid", datetime(2026, 3, 31, 22, 30, tzinfo=UTC), date(2026, 4, 1)),
        ("Europe/Madrid", datetime(2026, 3, 31, 21, 59, tzinfo=UTC), date(2026, 3, 31)),
        ("America/Bogota", datetime(2026, 4, 1, 3, 0, tzinfo=UTC), date(2026, 3, 31)),
    ],
)
async def test_receipt_date_follows_the_operators_time_zone(zone: str, at: datetime, day: date) -> None:
    shop = memory_shop()
    shop.clock.advance(at - shop.clock.now())
    await sold(shop)
    spans = ListReceipts(shop.units, ZoneInfo(zone))
    (line,) = await spans(day, day)
    assert line.day == day
    assert await spans(day - timedelta(days=1), day - timedelta(days=1)) == []
    (row,) = csv.DictReader(io.StringIO(receipt_table([line])))
    assert row["date"] == day.isoformat()
