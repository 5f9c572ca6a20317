"""File for the tax adviser: a table that spreadsheet programs in the reader's language can open directly."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any, Final

from babel import Locale

from subscriptions.application.lists.spreadsheet import plain
from subscriptions.application.payments.tax_report import TaxedReceipt, TaxReport, TaxTotal
from subscriptions.domain.entities.spoken import LANGUAGES
from subscriptions.domain.money import Money

COLUMNS: Final = (
    "date",
    "number",
    "kind",
    "customer",
    "plan",
    "method",
    "country",
    "rate",
    "net",
    "tax",
    "gross",
    "currency",
    "corrects",
    "order",
    "payment",
    "issuer",
)
_BOM: Final = "\ufeff"
"""Byte order mark, by which Excel recognizes UTF-8."""


def tax_file(report: TaxReport, language: str) -> tuple[str, bytes]:
    """Return the name and content of the file. `language`: language of the headings, separators and dates.

    The file lists the documents, one per line, then the totals by country and rate, and the totals by currency.
    Refunded amounts are negative.
    """
    words = _Words(language)
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=words.text("separator"), lineterminator="\r\n")
    writer.writerow(words.heading(each) for each in COLUMNS)
    writer.writerows(_document(each, words) for each in report.receipts)
    writer.writerows(_summary(report, words))
    name = words.text("file").format(name=report.period.name)
    return f"{name}.csv", (_BOM + sheet.getvalue()).encode()


class _Words:
    def __init__(self, language: str) -> None:
        every = _words()
        spoken = LANGUAGES.resolve(language) or next(iter(every))
        self.language = next((each for each in (spoken, spoken.partition("-")[0]) if each in every), next(iter(every)))
        self._words = every[self.language]

    def text(self, name: str) -> str:
        return str(self._words[name])

    def heading(self, column: str) -> str:
        return str(self._words["column"][column])

    def kind(self, kind: str) -> str:
        return str(self._words["kind"][kind])

    def amount(self, money: Money | None) -> str:
        return money.decimal.replace(".", self.text("decimal")) if money is not None else ""

    def rate(self, line: TaxedReceipt | TaxTotal) -> str:
        if line.rate is None:
            return self.text("none")
        return f"{line.rate.normalize():f}".replace(".", self.text("decimal"))

    def country(self, code: str) -> str:
        return str(Locale.parse(self.language).territories.get(code, code)) if code else self.text("unknown")


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def _document(item: TaxedReceipt, words: _Words) -> Sequence[str]:
    receipt = item.line.receipt
    return (
        item.line.day.strftime(words.text("day")),
        receipt.label,
        words.kind(receipt.kind),
        plain(receipt.customer_ref),
        plain(receipt.plan_name),
        plain(item.method),
        words.country(receipt.country or ""),
        words.rate(item),
        words.amount(item.net),
        words.amount(item.tax),
        words.amount(item.gross),
        item.gross.currency,
        item.line.corrects,
        item.line.order,
        plain(item.line.payment_key),
        plain(receipt.issuer),
    )


def _summary(report: TaxReport, words: _Words) -> Iterator[Sequence[str]]:
    """Yield the rows of the totals below their own headings. Each total is in the same column as the values that it
    adds up.
    """
    period = report.period
    day = words.text("day")
    span = words.text("period").format(
        first=period.first_day.strftime(day), last=period.last_day.strftime(day), zone=report.zone
    )
    yield ()
    summed = {"date": words.text("totals"), "number": words.text("documents")}
    heads = ("country", "rate", "net", "tax", "gross", "currency")
    yield _placed({**summed, **{each: words.heading(each) for each in heads}})
    for total in report.totals:
        yield _placed({**_sums(total, words), "country": words.country(total.country), "rate": words.rate(total)})
    for total in report.by_currency:
        yield _placed({**_sums(total, words), "date": words.text("total"), "country": words.text("all")})
    yield _placed({"date": span})


def _sums(total: TaxTotal, words: _Words) -> Mapping[str, str]:
    return {
        "number": str(total.documents),
        "net": words.amount(total.net),
        "tax": words.amount(total.tax),
        "gross": words.amount(total.gross),
        "currency": total.gross.currency,
    }


def _placed(cells: Mapping[str, str]) -> Sequence[str]:
    return [cells.get(each, "") for each in COLUMNS]
