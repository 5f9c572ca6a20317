"""Until when a contract may be withdrawn from, by whom, and what of the money is owed all the same.

Directive 2011/83/EU, articles 9 to 16, and in Spain articles 102 to 108 of the TRLGDCU; the function itself is article
11a of the Directive, in force since 19 June 2026.
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
"""How long after the day of the contract it may be withdrawn from, and how long a refund may take."""
_SATURDAY: Final = 5
"""As `date.weekday` counts."""

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
"""Where the Directive holds: the European Union, Iceland, Liechtenstein and Norway (ISO 3166-1)."""


class Scope(StrEnum):
    """Whose contracts may be withdrawn from. eu: of buyers in the EEA, and of those whose country nobody knows."""

    EU = "eu"
    ALL = "all"
    OFF = "off"


class Declarations(StrEnum):
    """What a customer may declare before paying, beside the express request to begin now. content: that the right is
    lost by it. service: that a proportional sum is owed. off: nothing is asked; access begins at once and the right
    stays whole for its time.
    """

    OFF = "off"
    CONTENT = "content"
    SERVICE = "service"


class Refusal(StrEnum):
    """Why somebody cannot withdraw from a contract."""

    OFF = "off"
    ABROAD = "abroad"
    NOTHING = "nothing"
    FOREIGN = "foreign"
    GIFT = "gift"
    SECOND_TIME = "twice"
    RETURNED = "returned"
    TOO_LATE = "late"
    LOST = "lost"


def covers(scope: Scope, country: str | None) -> bool:
    """Return whether a buyer from a country has the right. country: None where it is not known; that protects them."""
    return scope is Scope.ALL or (scope is Scope.EU and (country is None or country in EEA))


def last_day(contract_at: datetime, home: ZoneInfo) -> date:
    """Return the last day, by the operator's calendar; the day of the contract does not count. A period that would end
    on a Saturday or Sunday ends on the Monday after (Regulation (EEC, Euratom) 1182/71, article 3.4, by recital 41 of
    the Directive). What is a public holiday nobody tells us.
    """
    day = contract_at.astimezone(home).date() + PERIOD
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= _SATURDAY else day


def ends_at(contract_at: datetime, home: ZoneInfo) -> datetime:
    """Return the midnight that ends the last day."""
    next_day = last_day(contract_at, home) + timedelta(days=1)
    return datetime(next_day.year, next_day.month, next_day.day, tzinfo=home)


def concluded_at(order: Order) -> datetime | None:
    """Return when an order became a contract; None while it is none. A renewal makes no new one."""
    return order.paid_at if order.status is OrderStatus.PAID else None


def declared_before(
    order: Order, payments: Iterable[Payment], declarations: Iterable[Declaration]
) -> DeclarationKind | None:
    """Return what was declared in full when an order was paid: the last word before it; None for nothing.

    It is paid when its money came, as its provider says, and not when we hear of that: what is declared in between is
    declared too late. payments: of the order.
    """
    contract_at = concluded_at(order)
    if contract_at is None:
        return None
    first_payments = (each.occurred_at for each in payments if not each.is_renewal and each.flag is None)
    paid_at = max((at for at in first_payments if at <= contract_at), default=contract_at)
    before_declarations = [each for each in declarations if each.declared_at <= paid_at]
    declaration = max(before_declarations, key=lambda each: each.declared_at, default=None)
    return declaration.kind if declaration is not None and declaration.complete else None


def owed_for(amount: Money, ran: timedelta, length: timedelta) -> Money:
    """Return the proportional sum of a price for the part of its time that ran, rounded in the customer's favour."""
    if length <= timedelta():
        return Money(0, amount.currency)
    return Money(amount.minor * min(max(ran, timedelta()), length) // length, amount.currency)
