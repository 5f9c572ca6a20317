"""How the business goes, counted from what is stored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from subscriptions.domain.ids import PlanId
from subscriptions.domain.money import Money


@dataclass(frozen=True, kw_only=True)
class PlanNumbers:
    """One plan: who has it now, and how many came and went since the beginning of the days asked for."""

    plan_id: PlanId
    active: int
    new: int
    lost: int


@dataclass(frozen=True, kw_only=True)
class DayNumbers:
    """One day. active: subscriptions at its end. earned: what came in less what went back, by currency."""

    day: datetime
    active: int
    new: int
    lost: int
    earned: tuple[Money, ...]


class NumbersRepository(Protocol):
    """Counts subscriptions that ever gave time; money is what was captured less what was given back."""

    async def plans(self, since: datetime) -> Sequence[PlanNumbers]:
        """By plan, those with the most active ones first; plans nobody has or had since then are left out."""
        ...

    async def days(self, edges: Sequence[datetime]) -> Sequence[DayNumbers]:
        """One for each stretch between two edges, which rise; a day is named by where it begins."""
        ...


class Place(NamedTuple):
    """Where in a list, the newest first, something stands."""

    created_at: datetime
    id: UUID


@dataclass(frozen=True, kw_only=True)
class CustomerEntry:
    """One customer as a list shows them. plans: soft ids of what counts now."""

    id: UUID
    created_at: datetime
    first_name: str
    username: str | None
    plans: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class PersonEntry(CustomerEntry):
    """One customer as programs of the operator's are told of them. source: the link they came by, where it says so."""

    telegram_id: int
    source: str | None


@dataclass(frozen=True, kw_only=True)
class SubscriptionEntry:
    """One subscription as a list shows it. customer: whose; plan: its soft id; price_minor: of the currency's units;
    pause_until: when it is charged again, where a month is left out."""

    id: UUID
    created_at: datetime
    customer: UUID
    plan: str
    status: str
    provider: str | None
    price_minor: int
    price_currency: str
    access_until: datetime | None
    pause_until: datetime | None
    cancel_at_period_end: bool
    cancel_reason: str | None
    ended_at: datetime | None
    end_reason: str | None


@dataclass(frozen=True, kw_only=True)
class PaymentEntry:
    """One payment as a list shows it. created_at: when we heard of it; refunded_minor: what went back of it,
    by refunds and a lost dispute."""

    id: UUID
    created_at: datetime
    customer: UUID
    subscription: UUID | None
    plan: str
    provider: str
    status: str
    flag: str | None
    is_renewal: bool
    amount_minor: int
    amount_currency: str
    refunded_minor: int
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class PlanEntry:
    """One plan as a list shows it. id: its soft id; ends_on: its last day."""

    id: str
    name: str
    access: str
    active: bool
    recurring: bool
    price_minor: int
    price_currency: str
    ends_on: date | None


@dataclass(frozen=True, kw_only=True)
class CodeEntry:
    """One activation code as a list shows it. prefix: what stays readable of it; plan: its soft id."""

    id: UUID
    created_at: datetime
    prefix: str
    plan: str
    campaign: str
    expires_at: datetime
    used_at: datetime | None
    joined_at: datetime | None
    revoked_at: datetime | None


class Listings(Protocol):
    """Lists for programs, and single entries, None where there is none. Each raises RetryLater."""

    async def customers(self, after: Place, limit: int) -> Sequence[CustomerEntry]:
        """Those that stand behind a place, the newest first."""
        ...

    async def codes(self, after: Place, limit: int) -> Sequence[CodeEntry]:
        """Those that stand behind a place, the newest first."""
        ...

    async def subscriptions(self, after: Place, limit: int) -> Sequence[SubscriptionEntry]:
        """Those that stand behind a place, the newest first."""
        ...

    async def payments(self, after: Place, limit: int) -> Sequence[PaymentEntry]:
        """Those that stand behind a place, the newest first."""
        ...

    async def plans(self) -> Sequence[PlanEntry]:
        """All, in the order in which they are offered."""
        ...

    async def person(self, named: UUID) -> PersonEntry | None:
        """A customer by their id; more than the web may read."""
        ...

    async def subscription(self, named: UUID) -> SubscriptionEntry | None:
        """By its id."""
        ...

    async def payment(self, named: UUID) -> PaymentEntry | None:
        """By its id, or that of a refund of it."""
        ...


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which part of a list. filters: by name, as typed. sort: one of the list's orders; down: the largest first.

    after: the value sorted by, as text, and the id of the row that the page before ended with.
    """

    filters: Mapping[str, str]
    sort: str
    down: bool
    after: tuple[str, str] | None = None


Row = Mapping[str, Any]
"""One line: its columns by name, money as Money; `id`, and `place`, the value it is sorted by, are texts."""


class Lists(Protocol):
    """The lists of the console. Each raises RetryLater."""

    async def rows(self, name: str, wanted: Wanted, limit: int) -> Sequence[Row]:
        """A page of the list of that name. Raises InvalidInput for a place or a filter that cannot be read."""
        ...

    async def search(self, words: str, limit: int) -> Sequence[Row]:
        """Customers by whatever of theirs somebody has in hand; `by` says what fitted."""
        ...

    async def standing(self, today: datetime, now: datetime) -> Row:
        """What waits for a person, and what happened since today began: counts by name."""
        ...


class Stories(Protocol):
    """What happened with one customer."""

    async def story(self, customer_id: UUID, before: datetime, areas: Collection[str], limit: int) -> Sequence[Row]:
        """Its lines before a moment, the newest first: `at`, `area`, `kind`, `facts`. Raises RetryLater."""
        ...
