"""Customers, subscriptions, payments, plans and codes as the operator's own programs read them, page by page."""

import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.repositories.views import (
    CodeEntry,
    CustomerEntry,
    Listings,
    PaymentEntry,
    Place,
    PlanEntry,
    SubscriptionEntry,
)


class Placed(Protocol):
    """What stands somewhere in a list."""

    @property
    def id(self) -> UUID:
        """Ours."""

    @property
    def created_at(self) -> datetime:
        """By which the list is ordered."""


E = TypeVar("E", bound=Placed)

_TOP: Final = Place(datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))
"""Everything stands behind it."""


@dataclass(frozen=True, kw_only=True)
class Page(Generic[E]):
    """Part of a list. cursor: asks for what follows, None where nothing does."""

    items: Sequence[E]
    cursor: str | None


class ListForPrograms:
    """The newest first. A page goes on where the last one ended, whatever came meanwhile: none is left out or told
    twice. Each raises InvalidInput("cursor"), RetryLater."""

    def __init__(self, listings: Listings) -> None:
        self._listings = listings

    async def customers(self, cursor: str | None, limit: int) -> Page[CustomerEntry]:
        """What the panel's list shows of them, and no more."""
        return await _page(self._listings.customers, cursor, limit)

    async def codes(self, cursor: str | None, limit: int) -> Page[CodeEntry]:
        """By what stays readable of them."""
        return await _page(self._listings.codes, cursor, limit)

    async def subscriptions(self, cursor: str | None, limit: int) -> Page[SubscriptionEntry]:
        """Also those that are over."""
        return await _page(self._listings.subscriptions, cursor, limit)

    async def payments(self, cursor: str | None, limit: int) -> Page[PaymentEntry]:
        """Also those that give no access by themselves."""
        return await _page(self._listings.payments, cursor, limit)

    async def plans(self) -> Sequence[PlanEntry]:
        """All of them, also those switched off."""
        return await self._listings.plans()


async def _page(read: Callable[[Place, int], Awaitable[Sequence[E]]], cursor: str | None, limit: int) -> Page[E]:
    found = await read(_TOP if cursor is None else _place(cursor), limit + 1)
    items = found[:limit]
    return Page(items=items, cursor=_cursor(items[-1]) if len(found) > limit else None)


def _cursor(last: Placed) -> str:
    return base64.urlsafe_b64encode(f"{last.created_at.isoformat()} {last.id}".encode()).decode()


def _place(cursor: str) -> Place:
    try:
        at, number = base64.urlsafe_b64decode(cursor).decode().split(" ")
        return Place(datetime.fromisoformat(at).astimezone(UTC), UUID(number))
    except (ValueError, OverflowError) as error:
        raise InvalidInput("cursor", "take it as the page before gave it") from error
