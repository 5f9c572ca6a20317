"""Policy for withdrawal from a contract: the period, the entitled customers, and the amount still owed.

Based on Directive 2011/83/EU, articles 9 to 16, and in Spain on articles 102 to 108 of the TRLGDCU. The withdrawal
function itself is required by article 11a of the Directive, in force since 19 June 2026.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from subscriptions.domain.entities.order import Order, OrderStatus
from subscriptions.domain.entities.payment import Payment
from subscriptions.domain.entities.withdrawal import Declaration, DeclarationKind
from subscriptions.domain.money import Money

PERIOD: Final = timedelta(days=14)
"""Withdrawal period, which begins after the day of the contract; also the time limit of the refund."""
_SATURDAY: Final = 5
"""Saturday, as numbered by `date.weekday`."""

EEA: Final = frozenset(
    {
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IS",
        "IT",
        "LI",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "NO",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    }
)
"""Countries in which the Directive applies: the European Union, Iceland, Liechtenstein and Norway (ISO 3166-1)."""


class Scope(StrEnum):
    """Contracts from which customers may withdraw: all, none (`off`), or those of buyers in the EEA or in an unknown
    country (`eu`).
    """

    EU = "eu"
    ALL = "all"
    OFF = "off"


class Declarations(StrEnum):
    """Declaration offered before paying, together with the express request for an immediate start.

    content: the right of withdrawal is lost
    service: a proportional amount is owed
    off: no declaration; access begins at once and the full right of withdrawal is kept
    """

    OFF = "off"
    CONTENT = "content"
    SERVICE = "service"


class Refusal(StrEnum):
    """Reason why a customer cannot withdraw from a contract."""

    OFF = "off"
    ABROAD = "abroad"
    NOTHING = "nothing"
    FOREIGN = "foreign"
    FROM_ANOTHER = "gift"
    SECOND_TIME = "twice"
    RETURNED = "returned"
    TOO_LATE = "late"
    LOST = "lost"


def covers(scope: Scope, country: str | None) -> bool:
    """Return True if a buyer from this country has the right of withdrawal. `country`: None if unknown; the buyer then
    has the right.
    """
    return scope is Scope.ALL or (scope is Scope.EU and (country is None or country in EEA))


def last_day(contract_at: datetime, home: ZoneInfo) -> date:
    """Return the last day of the withdrawal period in the operator's time zone. The day of the contract does not count.

    A period that would end on a Saturday or Sunday ends on the following Monday (Regulation (EEC, Euratom) 1182/71,
    article 3.4, by recital 41 of the Directive). Public holidays are not known and not considered.
    """
    day = contract_at.astimezone(home).date() + PERIOD
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= _SATURDAY else day


def ends_at(contract_at: datetime, home: ZoneInfo) -> datetime:
    """Return the end of the last day of the withdrawal period, at midnight."""
    next_day = last_day(contract_at, home) + timedelta(days=1)
    return datetime(next_day.year, next_day.month, next_day.day, tzinfo=home)


def concluded_at(order: Order) -> datetime | None:
    """Return when an order became a contract; None if the order is not a contract. A renewal is not a new contract."""
    return order.paid_at if order.status is OrderStatus.PAID else None


def declared_before(
    order: Order, payments: Iterable[Payment], declarations: Iterable[Declaration]
) -> DeclarationKind | None:
    """Return the kind of the last complete declaration made before the order was paid. Return None if there is none.
    `payments`: payments of the order.

    The time of payment is the time reported by the provider, in whole seconds. It is not the time at which Umbral
    received the report; a declaration between the two is too late.
    """
    contract_at = concluded_at(order)
    if contract_at is None:
        return None
    first_payments = (each.occurred_at for each in payments if not each.is_renewal and each.flag is None)
    paid_at = max((at for at in first_payments if at <= contract_at), default=contract_at)
    before_declarations = [each for each in declarations if each.declared_at.replace(microsecond=0) <= paid_at]
    declaration = max(before_declarations, key=lambda each: each.declared_at, default=None)
    return declaration.kind if declaration is not None and declaration.complete else None


def owed_for(amount: Money, ran: timedelta, length: timedelta) -> Money:
    """Return the proportional part of a price for the time used, rounded in the customer's favor."""
    if length <= timedelta():
        return Money(0, amount.currency)
    return Money(amount.minor * min(max(ran, timedelta()), length) // length, amount.currency)


def retention_of(left: Money, owed: Money, unit: int) -> Money:
    """Return how much of the amount left of a payment is retained, so that the refund consists of whole units.

    owed: amount owed for the time used
    unit: smallest unit in which the provider refunds, in minor units; the refund is rounded up to it
    """
    refund = max(left.minor - owed.minor, 0)
    return Money(left.minor - min(-(-refund // unit) * unit, left.minor), left.currency)
