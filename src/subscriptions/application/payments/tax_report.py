"""Quarterly tax report: every receipt and credit note with its net amount and tax, and the totals."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from subscriptions.application.dto.policy import Policy
from subscriptions.application.payments.receipt_lines import ListReceipts, ReceiptLine, rate_on
from subscriptions.application.people.staff_desk import StaffDesk, with_permission
from subscriptions.domain.entities.spoken import phrase
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import TelegramId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.staff_policy import StaffAction

_QUARTER: Final = re.compile(r"(20[0-9]{2})-[QT]?([1-4])", re.IGNORECASE)
_MONTHS: Final = 3


@dataclass(frozen=True)
class Quarter:
    """Quarter of a year, in the operator's time zone. `number`: 1 to 4."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str, field: str = "quarter") -> "Quarter":
        """Parse a quarter written as `2026-3`, `2026-Q3` or `2026-T3`. Raises InvalidInput(field)."""
        match = _QUARTER.fullmatch(text.strip())
        if match is None:
            raise InvalidInput(
                field, phrase("is a year and a quarter, as 2026-4", "es un año y un trimestre, como 2026-4")
            )
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """Return the quarter that contains a day."""
        return cls(day.year, (day.month + 2) // _MONTHS)

    @property
    def name(self) -> str:
        """Name of the quarter, such as `2026-3`; `parse` accepts it."""
        return f"{self.year}-{self.number}"

    @property
    def before(self) -> "Quarter":
        """Previous quarter."""
        return Quarter(self.year, self.number - 1) if self.number > 1 else Quarter(self.year - 1, 4)

    @property
    def first_day(self) -> date:
        """First day of the quarter."""
        return date(self.year, _MONTHS * self.number - 2, 1)

    @property
    def last_day(self) -> date:
        """Last day of the quarter, included."""
        following = Quarter(self.year + 1, 1) if self.number == 4 else Quarter(self.year, self.number + 1)
        return following.first_day - timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class TaxTotal:
    """Totals of receipts and credit notes in one currency.

    country: empty if unknown, and in a total of all countries
    rate: None if there is no recorded tax, and in a total of all rates
    net, tax: None if one of the documents has no recorded tax
    """

    country: str = ""
    rate: Decimal | None = None
    documents: int
    net: Money | None
    tax: Money | None
    gross: Money


@dataclass(frozen=True)
class TaxedReceipt:
    """Receipt or credit note with its amounts. The amounts of refunds are negative.

    method: display name of the payment method
    rate: VAT rate in percent; None if there is no recorded tax
    """

    line: ReceiptLine
    method: str
    rate: Decimal | None

    @property
    def gross(self) -> Money:
        """Amount that was paid or refunded."""
        return self.line.receipt.signed_amount

    @property
    def tax(self) -> Money | None:
        """Tax included in the amount; None if unknown."""
        return self.line.receipt.signed_tax

    @property
    def net(self) -> Money | None:
        """Amount without tax; None if the tax is unknown."""
        return None if self.tax is None else Money(self.gross.minor - self.tax.minor, self.gross.currency)


@dataclass(frozen=True)
class TaxReport:
    """Receipts and credit notes of a quarter. `zone`: name of the operator's time zone, which determines the quarter's
    days.
    """

    period: Quarter
    zone: str
    receipts: Sequence[TaxedReceipt]

    @property
    def totals(self) -> Sequence[TaxTotal]:
        """Totals by country, rate and currency."""
        groups: dict[tuple[str, Decimal | None, str], list[TaxedReceipt]] = {}
        for each in self.receipts:
            groups.setdefault((each.line.receipt.country or "", each.rate, each.gross.currency), []).append(each)
        ordered = sorted(groups.items(), key=lambda group: (group[0][0], group[0][2], group[0][1] or Decimal(-1)))
        return [_sum(items, country, rate) for (country, rate, _), items in ordered]

    @property
    def by_currency(self) -> Sequence[TaxTotal]:
        """Totals of all documents, one per currency."""
        currencies = sorted({each.gross.currency for each in self.receipts})
        return [_sum([each for each in self.receipts if each.gross.currency == currency]) for currency in currencies]


def _sum(items: Sequence[TaxedReceipt], country: str = "", rate: Decimal | None = None) -> TaxTotal:
    currency = items[0].gross.currency

    def add(amounts: Iterable[Money | None]) -> Money | None:
        every = list(amounts)
        known = [each for each in every if each is not None]
        return Money(sum(each.minor for each in known), currency) if len(known) == len(every) else None

    return TaxTotal(
        country=country,
        rate=rate,
        documents=len(items),
        net=add(each.net for each in items),
        tax=add(each.tax for each in items),
        gross=Money(sum(each.gross.minor for each in items), currency),
    )


@dataclass(frozen=True)
class MakeTaxReport:
    """Use case that builds the tax report of a quarter for every interface."""

    units: UnitOfWorkFactory
    clock: Clock
    policy: Policy
    gateways: GatewayRegistry
    staff_desk: StaffDesk

    @property
    def last_quarter(self) -> Quarter:
        """Most recent quarter that is over."""
        return self.quarters(1)[0]

    def quarters(self, count: int) -> Sequence[Quarter]:
        """Return the most recent quarters that are over, newest first."""
        quarter = Quarter.of(self.clock.now().astimezone(self.policy.zones.home).date())
        found = []
        for _ in range(count):
            quarter = quarter.before
            found.append(quarter)
        return found

    @with_permission(StaffAction.SEE_NUMBERS)
    async def __call__(self, actor: TelegramId, quarter: Quarter) -> TaxReport:
        """Build the report for a staff member, after recording the export. Raises NotAllowed and RetryLater."""
        await self.staff_desk.note_export(actor, "tax_report", {"quarter": quarter.name})
        return await self.load(quarter)

    async def load(self, quarter: Quarter) -> TaxReport:
        """Build the report for a caller whose permission has been checked. Raises RetryLater."""
        lines = await ListReceipts(self.units, self.policy.zones.home)(quarter.first_day, quarter.last_day)
        names = {code: each.list_name for code, each in self.gateways.descriptors().items()}
        receipts = [
            TaxedReceipt(
                line,
                names.get(line.receipt.provider, line.receipt.provider),
                rate_on(line, self.policy.vat_in(line.receipt.country)),
            )
            for line in sorted(lines, key=lambda line: (line.receipt.issued_at, line.receipt.label))
        ]
        return TaxReport(quarter, str(self.policy.zones.home), receipts)


def as_record(report: TaxReport) -> Mapping[str, object]:
    """Return the report as a mapping for the API, with amounts as decimal strings, which are negative for refunds."""
    return {
        "quarter": report.period.name,
        "first_day": report.period.first_day.isoformat(),
        "last_day": report.period.last_day.isoformat(),
        "timezone": report.zone,
        "documents": [
            {
                "date": each.line.day.isoformat(),
                "number": each.line.receipt.label,
                "kind": str(each.line.receipt.kind),
                "customer": each.line.receipt.customer_ref,
                "plan": each.line.receipt.plan_name,
                "provider": each.line.receipt.provider,
                "country": each.line.receipt.country,
                "rate": _text_of(each.rate),
                "net": _decimal_of(each.net),
                "tax": _decimal_of(each.tax),
                "gross": each.gross.decimal,
                "currency": each.gross.currency,
                "corrects": each.line.corrects or None,
                "order": each.line.order,
                "payment": each.line.payment_key,
                "issuer": each.line.receipt.issuer,
            }
            for each in report.receipts
        ],
        "totals": [
            {
                "country": each.country or None,
                "rate": _text_of(each.rate),
                "currency": each.gross.currency,
                "documents": each.documents,
                "net": _decimal_of(each.net),
                "tax": _decimal_of(each.tax),
                "gross": each.gross.decimal,
            }
            for each in report.totals
        ],
    }


def _text_of(rate: Decimal | None) -> str | None:
    return None if rate is None else f"{rate.normalize():f}"


def _decimal_of(money: Money | None) -> str | None:
    return None if money is None else money.decimal
