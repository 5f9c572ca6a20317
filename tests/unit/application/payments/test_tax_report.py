"""Quarterly report for the tax adviser: amounts with their sign, totals, and a file that Excel with Spanish settings
can open.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from subscriptions.application.payments.tax_report import MakeTaxReport, Quarter, as_record
from subscriptions.application.people.staff_desk import NotAllowed, StaffDesk
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.money import Money
from subscriptions.domain.ports.payment_gateway import PaymentEventKind
from subscriptions.domain.services.zones import Zones
from subscriptions.infrastructure.tax_report import tax_file
from tests.fakes.shop import POLICY, Shop, memory_shop

MADRID = ZoneInfo("Europe/Madrid")


def make_of(shop: Shop) -> MakeTaxReport:
    """Return the report maker of the shop, in Madrid's time zone."""
    policy = replace(POLICY, vat_rate=Decimal(21), zones=Zones(MADRID))
    return MakeTaxReport(shop.units, shop.clock, policy, shop.gateways, StaffDesk(shop.units, shop.clock))


async def sold() -> Shop:
    """Build a shop that sold a plan for 29.99 € with 5.21 € of tax and refunded 10 € a day later."""
    shop = memory_shop()
    plan, ana = await shop.plan(name="=Retabet"), await shop.customer()
    _, session = await shop.checkout(ana, plan)
    paid = shop.provider.pay(session, tax=Money(521, "EUR"))[1]
    await shop.deliver(paid)
    shop.clock.advance(timedelta(days=1))
    reported = shop.provider.create_event(
        PaymentEventKind.REFUND,
        "refund",
        about_payment=paid.payment_key,
        order_id=paid.order_id,
        payment_key=f"re-{paid.payment_key}",
        amount=Money(1000, "EUR"),
        amount_refunded=Money(1000, "EUR"),
    )
    await shop.deliver(reported)
    return shop


def rows_of(content: bytes, delimiter: str) -> list[list[str]]:
    """Return the cells of a file as read by a spreadsheet."""
    text = content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


async def test_spanish_tax_file_has_spanish_headings_and_decimal_commas() -> None:
    report = await make_of(await sold()).load(Quarter(2026, 1))
    name, content = tax_file(report, "es")
    assert name == "recibos-2026-1.csv"
    assert content.startswith(b"\xef\xbb\xbfFecha;N\xc3\xbamero;Documento;")
    heads, paid, back, *rest = rows_of(content, ";")
    by_head = [dict(zip(heads, row, strict=True)) for row in (paid, back)]
    assert [
        (row["Fecha"], row["Número"], row["Documento"], row["Base imponible"], row["IVA"], row["Importe total"])
        for row in by_head
    ] == [
        ("01/03/2026", "R2026-00001", "Recibo", "24,78", "5,21", "29,99"),
        ("02/03/2026", "A2026-00001", "Recibo de devolución", "-8,26", "-1,74", "-10,00"),
    ]
    assert by_head[1]["Corrige"] == "R2026-00001"
    assert by_head[0]["Plan"] == "'=Retabet"
    assert by_head[0]["Tipo de IVA %"] == "21"
    empty, heading, total, whole, span = rest
    assert empty == []
    assert heading[:2] == ["Totales por país y tipo", "Documentos"]
    for row in (total, whole):
        summed = dict(zip(heads, row, strict=True))
        assert [summed[each] for each in ("Número", "Base imponible", "IVA", "Importe total", "Moneda")] == [
            "2",
            "16,52",
            "3,47",
            "19,99",
            "EUR",
        ]
    assert span[0] == "Del 01/01/2026 al 31/03/2026, hora de Europe/Madrid"


async def test_english_tax_file_uses_decimal_points_and_commas() -> None:
    report = await make_of(await sold()).load(Quarter(2026, 1))
    _, content = tax_file(report, "en-GB")
    heads, _, back, *_ = rows_of(content, ",")
    row = dict(zip(heads, back, strict=True))
    assert (row["Date"], row["Net"], row["VAT"], row["Total"]) == ("2026-03-02", "-8.26", "-1.74", "-10.00")


async def test_tax_report_totals_are_by_country_and_rate() -> None:
    shop = await sold()
    make = make_of(shop)
    report = await make.load(Quarter(2026, 1))
    first = report.receipts[0]

    def lived(country: str | None, tax: int | None, rate: int | None) -> object:
        receipt = replace(first.line.receipt, country=country, tax_minor=tax)
        return replace(first, line=replace(first.line, receipt=receipt), rate=None if rate is None else Decimal(rate))

    mixed = replace(
        report, receipts=[lived("PT", 561, 23), lived("PT", 561, 23), lived("ES", 521, 21), lived(None, None, None)]
    )
    assert [(each.country, each.rate, each.documents, each.tax, each.gross.minor) for each in mixed.totals] == [
        ("", None, 1, None, 2999),
        ("ES", Decimal(21), 1, Money(521, "EUR"), 2999),
        ("PT", Decimal(23), 2, Money(1122, "EUR"), 5998),
    ]
    (whole,) = mixed.by_currency
    assert (whole.documents, whole.tax, whole.gross) == (4, None, Money(11996, "EUR"))
    assert "Portugal" in tax_file(mixed, "es")[1].decode()
    assert as_record(mixed)["totals"][2]["gross"] == "59.98"  # type: ignore[index]


async def test_tax_report_for_the_api_gives_the_country_of_each_document() -> None:
    report = await make_of(await sold()).load(Quarter(2026, 1))
    paid, back = report.receipts
    lived = replace(paid, line=replace(paid.line, receipt=replace(paid.line.receipt, country="PT")))
    documents = as_record(replace(report, receipts=[lived, back]))["documents"]
    assert [each["country"] for each in documents] == ["PT", None]


async def test_quarter_of_the_tax_report_ends_in_the_shops_time_zone() -> None:
    shop = memory_shop()
    plan, ana = await shop.plan(), await shop.customer()
    shop.clock.advance(datetime(2026, 3, 31, 22, 30, tzinfo=UTC) - shop.clock.now())
    _, session = await shop.checkout(ana, plan)
    await shop.deliver(*shop.provider.pay(session))
    make = make_of(shop)
    assert [len((await make.load(Quarter(2026, each))).receipts) for each in (1, 2)] == [0, 1]
    (item,) = (await make.load(Quarter(2026, 2))).receipts
    assert item.line.day == date(2026, 4, 1)


async def test_last_quarter_is_the_previous_complete_quarter() -> None:
    shop = memory_shop()
    make = make_of(shop)
    assert [each.name for each in make.quarters(3)] == ["2025-4", "2025-3", "2025-2"]
    assert (make.last_quarter.first_day, make.last_quarter.last_day) == (date(2025, 10, 1), date(2025, 12, 31))


@pytest.mark.parametrize("text", ["2026", "2026-5", "26-1", "", "2026-1-1"])
def test_invalid_quarter_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="2026-4"):
        Quarter.parse(text)


async def test_customer_cannot_get_the_tax_report() -> None:
    shop = await sold()
    stranger = await shop.customer()
    with pytest.raises(NotAllowed):
        await make_of(shop)(stranger.telegram_id, Quarter(2026, 1))
