"""Base class of the simulated provider that lists its events on request."""

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
"""Kinds of events that every provider lists."""


@dataclass
class ListingProvider(Provider):
    """Provider that lists events. lists_all: True if its list contains more than payments. disturb: callback for every
    call, which may raise an error.

    agreements: all agreements, by reference. excused: people who are not checked, because the database lost some of
    their events.
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
        """Return the checked agreements of a customer about a plan."""
        return [] if person in self.excused else self._of.get((person, plan), [])

    def judged(self) -> Sequence[Agreement]:
        """Return the agreements of all people who are checked."""
        return [one for one in self.agreements.values() if one.person not in self.excused]

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        self.disturb("list_events")
        listed = [] if self.forgetful else await super().list_events(start, end)
        return [event for event in listed if self.lists_all or event.kind in MONEY]
