"""The product's records of one customer, for the checks of the guarantees. The records are read again after one of
their tables changed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import is_
from typing import Any, Final, Self

from subscriptions.domain.entities.access import MAY_ENTER
from subscriptions.domain.entities.channel import ChannelStatus
from subscriptions.domain.ids import ChannelId, TelegramId
from subscriptions.domain.money import Money

_THERE: Final = frozenset(ChannelStatus) - {ChannelStatus.DELETED}
_READ: Final = (
    "accesses",
    "customers",
    "receipts",
    "resources",
    "service_plans",
    "subscriptions",
    "telegram_channels",
)
Tables = Mapping[str, list[Any]]


@dataclass(frozen=True)
class PersonView:
    """Records of one customer.

    opens: resources of each plan. own: plans whose personal channel the customer may join or has joined. chats: slugs
    of the shared chats that the customer may join or has joined. for_sale: all existing shared chats. shown: end of
    access in `/estado`, by plan. rooms: existing shared chats by slug, and personal channels by plan. receipts: sum of
    all documents of a payment in minor units, by the payment's key. tax_left: a fully refunded payment, and the cents
    of its tax that were not returned.
    """

    opens: Mapping[str, Sequence[str]] = field(default_factory=dict)
    own: Collection[str] = ()
    chats: Collection[str] = ()
    for_sale: Sequence[str] = ()
    shown: Mapping[str, datetime | None] = field(default_factory=dict)
    rooms: Mapping[str, ChannelId] = field(default_factory=dict)
    receipts: Mapping[str, int] = field(default_factory=dict)
    tax_left: tuple[Money, int] | None = None
    read: Mapping[str, list[Any] | None] = field(default_factory=dict)

    def as_in(self, tables: Tables) -> bool:
        """Return True if the tables are unchanged. Every write replaces a table's list."""
        return bool(self.read) and all(map(is_, map(tables.get, self.read), self.read.values()))

    @classmethod
    def of(cls, tables: Tables, person: TelegramId) -> Self:
        """Read the customer's records from the tables."""
        plans = {row.id: row.soft_id for row in tables.get("service_plans", ())}
        people = {row.id for row in tables.get("customers", ()) if row.telegram_id == person}
        inside = {
            row.channel_id
            for row in tables.get("accesses", ())
            if row.customer_id in people and row.status in MAY_ENTER
        }
        channels = tables.get("telegram_channels", ())
        there = {row.resource_id for row in channels if row.status in _THERE}
        entered = {row.resource_id for row in channels if row.status in _THERE and row.id in inside}
        resources = tables.get("resources", ())
        names = {row.id: row.soft_id for row in resources}
        rooms = {
            names[row.resource_id]: row.id for row in channels if row.status in _THERE and row.resource_id in names
        }
        own = {plans[row.plan_id]: row.id for row in channels if row.customer_id in people and row.plan_id in plans}
        mine = [row for row in tables.get("subscriptions", ()) if row.live and row.customer_id in people]
        return cls(
            opens={row.soft_id: row.opens for row in tables.get("service_plans", ())},
            own={plans[row.plan_id] for row in channels if row.id in inside and row.plan_id in plans},
            chats={row.soft_id for row in resources if row.id in entered},
            for_sale=[row.soft_id for row in resources if row.id in there],
            shown={plans[row.plan_id]: row.access_until for row in reversed(mine)},
            rooms=rooms | own,
            receipts=_sums(tables),
            tax_left=next(_tax_left(tables.get("receipts", ())), None),
            read={name: tables.get(name) for name in _READ},
        )


def _sums(tables: Tables) -> Mapping[str, int]:
    keys, sums = {row.id: row.payment_key for row in tables.get("payments", ())}, dict[str, int]()
    for receipt in tables.get("receipts", ()):
        key = keys[receipt.payment_id]
        sums[key] = sums.get(key, 0) + receipt.signed_amount.minor
    return sums


def _tax_left(documents: Sequence[Any]) -> Iterator[tuple[Money, int]]:
    for receipt in documents:
        if receipt.corrects is not None or receipt.signed_tax is None:
            continue
        mine = [each for each in documents if each.payment_id == receipt.payment_id]
        tax: int = sum(each.signed_tax.minor for each in mine)
        if tax and not sum(each.signed_amount.minor for each in mine):
            yield receipt.amount, tax
