"""The part of the year's provider that lists events on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from subscriptions.domain.ports.payment_gateway import PaymentEvent, PaymentEventKind
from tests.fakes.provider import Provider
from tests.year.facts import Agreement

MONEY = frozenset(
    {
        PaymentEventKind.PAYMENT_COMPLETED,
        PaymentEventKind.REFUND,
        PaymentEventKind.DISPUTE_OPENED,
        PaymentEventKind.DISPUTE_CLOSED,
    }
)
"""Events that every provider lists."""


@dataclass
class ListingProvider(Provider):
    """A listing provider. lists_all: whether its list contains more than payments. disturb: called at every call, to
    let it fail.

    agreements: all agreements, by reference. excused: people who are not judged, because the database lost hours in
    which something happened to them.
    """

    lists_all: bool = True
    agreements: dict[str, Agreement] = field(default_factory=dict)
    excused: set[int] = field(default_factory=set)
    disturb: Callable[[str], None] = lambda method: None
    _of: dict[tuple[int, str], list[Agreement]] = field(default_factory=dict)

    def agreed(self, agreement: Agreement) -> None:
        """Record a new agreement."""
        self.agreements[agreement.ref] = agreement
        self._of.setdefault((agreement.person, agreement.plan), []).append(agreement)

    def judged_of(self, person: int, plan: str) -> Sequence[Agreement]:
        """Return the judged agreements of a customer about a plan."""
        return [] if person in self.excused else self._of.get((person, plan), [])

    def judged(self) -> Sequence[Agreement]:
        """Return all judged agreements."""
        return [one for one in self.agreements.values() if one.person not in self.excused]

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        self.disturb("list_events")
        listed = [] if self.forgetful else await super().list_events(start, end)
        return [event for event in listed if self.lists_all or event.kind in MONEY]
