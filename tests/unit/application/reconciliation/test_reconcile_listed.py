"""Reconciliation with providers whose lists of events or subscriptions are partial, refused,
interrupted or circular.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ports.payment_gateway import (
    Capability,
    GatewayAuthError,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEvent,
    ProviderStatus,
    SubscriptionPage,
    SubscriptionSnapshot,
)
from tests.fakes.provider import Provider
from tests.unit.application.reconciliation.conftest import Books, Unlisted, kinds


class Refusing(Unlisted):
    """Provider that refuses every query about one subscription."""

    def __init__(self, provider: Provider, ref: str) -> None:
        super().__init__(provider)
        self._ref = ref

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        if ref == self._ref:
            raise GatewayRejected("acme", "not this one")
        return await self._provider.fetch_subscription(ref)


class Listing(Unlisted):
    """Provider that lists its subscriptions in pages of two.

    meanwhile: called after the first page. refuses: True if listing is forbidden. fails_on: page at which the provider
    becomes unavailable. circle: cursor of every next page. leaves_out: fields that differ between the list and the
    single subscriptions.
    """

    def __init__(self, provider: Provider, meanwhile: Callable[[], object] | None = None) -> None:
        super().__init__(provider)
        self.pages, self.asked, self.refuses = 0, list[str](), False
        self.fails_on: int | None = None
        self.circle: str | None = None
        self.leaves_out = dict[str, Any]()
        self._meanwhile = meanwhile

    async def list_subscriptions(self, cursor: str | None) -> SubscriptionPage:
        if self.refuses:
            raise GatewayAuthError("acme", "no permission")
        self.pages += 1
        assert self.pages < 100, "it is read for ever"
        if self.pages == self.fails_on:
            raise GatewayUnavailable("acme", "no answer")
        going = [one for one in self._provider.subscriptions.values() if not one.cancel_at_period_end or one.cancel_at]
        start = int(cursor or 0)
        reported = {"fetched_at": self._provider.clock.now(), **self.leaves_out}
        page = [replace(one, **reported) for one in going[start : start + 2]]
        if self.pages == 1 and self._meanwhile is not None:
            self._meanwhile()
        onward = str(start + 2) if start + 2 < len(going) else None
        return SubscriptionPage(snapshots=page, next=self.circle or onward)

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        self.asked.append(ref)
        return await self._provider.fetch_subscription(ref)


async def sell(books: Books, count: int) -> list[str]:
    return [(await books.sell())[2] for _ in range(count)]


async def test_only_differing_subscriptions_are_fetched_from_a_list(books: Books):
    refs = await sell(books, 5)
    books.cancel(refs[3])
    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider))}
    assert kinds(await books.run(dry_run=True)) == kinds(await books.run()) == ["cancellation"]
    before = {str(row) for row in books.shop.memory.rows("subscriptions")}
    assert kinds(await books.run()) == []
    assert {str(row) for row in books.shop.memory.rows("subscriptions")} == before
    assert (listing.pages, listing.asked) == (9, [refs[3]] * 2)


async def test_subscription_that_leaves_the_list_during_the_run_is_fetched(books: Books):
    refs = await sell(books, 5)
    gone = books.shop.provider.subscriptions[refs[0]]

    def over() -> None:
        books.shop.provider.subscriptions[refs[0]] = replace(
            gone, status=ProviderStatus.ENDED, cancel_at_period_end=True, cancel_at=None
        )
        books.cancel(refs[4])

    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider, over))}
    assert kinds(await books.run()) == ["cancellation"], "the last one, which was on a later page"
    assert listing.asked == [refs[4], refs[2]], "and the one that moved up a place in between"
    assert kinds(await books.run()) == ["cancellation"]
    assert listing.asked == [refs[4], refs[2], refs[0]]


async def test_each_subscription_is_fetched_if_listing_is_forbidden(books: Books):
    refs = await sell(books, 3)
    books.cancel(refs[1])
    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider))}
    listing.refuses = True
    assert kinds(await books.run()) == ["cancellation"]
    assert sorted(listing.asked) == refs


async def test_differences_found_before_an_interruption_are_reported(books: Books):
    refs = await sell(books, 5)
    for ref in refs:
        books.cancel(ref)

    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider))}
    listing.fails_on = 2
    report = await books.run()
    assert kinds(report) == ["cancellation", "cancellation", "no_answer"]
    listing.fails_on = None
    assert kinds(await books.run()) == ["cancellation"] * 3, "the others, and only they"


async def test_refused_subscription_is_reported_and_other_subscriptions_are_compared(books: Books):
    refs = await sell(books, 3)
    books.cancel(refs[2])
    books.shop.gateways.gateways = {"acme": Refusing(books.shop.provider, refs[0])}
    report = await books.run()
    assert sorted(kinds(report)) == ["cancellation", "refused"]
    (reported,) = report.open
    assert (refs[0] in reported.subject, reported.decide) == (True, "look_there")


async def test_each_subscription_is_fetched_if_listing_events_is_forbidden(books: Books):
    (ref,) = await sell(books, 1)
    books.cancel(ref)
    books.shop.provider.errors.append(GatewayAuthError("acme", "no permission"))
    assert kinds(await books.run()) == ["no_answer", "cancellation"]


async def test_reconciliation_with_a_list_whose_pages_repeat_ends_after_one_pass(books: Books):
    refs = await sell(books, 5)
    books.cancel(refs[4])
    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider))}
    listing.circle = "2"
    assert kinds(await books.run()) == ["cancellation"]
    assert (listing.pages, listing.asked) == (2, [refs[4]])


async def test_incomplete_list_entries_change_nothing(books: Books):
    (ref,) = await sell(books, 1)
    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider))}
    listing.leaves_out = {"status": ProviderStatus.PAUSED, "current_period_end": None}
    assert (kinds(await books.run()), listing.asked) == ([], [ref])
    (held,) = books.shop.memory.rows("subscriptions")
    assert (held.status, held.paused_for) == (SubscriptionStatus.ACTIVE, frozenset())


class EventsAlone(Unlisted):
    """Provider without subscription queries. Payments in `lost` are missing from its list."""

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider)
        self.capabilities = provider.capabilities - {Capability.FETCH}
        self.lost = set[str | None]()

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        listed = await self._provider.list_events(start, end)
        return [event for event in listed if event.payment_key not in self.lost]


async def test_payment_missing_from_the_providers_list_is_reported(books: Books):
    alone = EventsAlone(books.shop.provider)
    books.shop.gateways.gateways = {"acme": alone}
    await books.sell()
    ana, plan, _ = await books.sell()
    lost = (await books.shop.holding(ana, plan)).payment
    assert lost is not None
    books.shop.clock.advance(timedelta(minutes=10))
    assert (await books.run()).differences == []
    alone.lost = {lost.payment_key}
    [output] = (await books.run()).differences
    assert (output.kind, output.cause, output.decide) == ("unlisted", "not_known_there", "look_there")
    assert lost.payment_key in output.subject
    books.shop.clock.advance(timedelta(days=60))
    assert [each.kind for each in (await books.run()).differences if each.kind == "unlisted"] == []


Fact = TypeVar("Fact", SubscriptionSnapshot, PaymentEvent)
INDIA = timezone(timedelta(hours=5, minutes=30))


class Untidy(Listing):
    """Provider with an empty first page, overlapping pages, each event listed twice and all times in another time
    zone.
    """

    async def list_subscriptions(self, cursor: str | None) -> SubscriptionPage:
        self.pages += 1
        going, index = list(self._provider.subscriptions.values()), int(cursor or 0)
        page = [elsewhere(one) for one in going[max(index - 1, 0) : index + 1]] if index else []
        return SubscriptionPage(snapshots=page, next=str(index + 1) if index < len(going) else None)

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        snapshot = await super().fetch_subscription(ref)
        return elsewhere(snapshot) if snapshot is not None else None

    async def list_events(self, start: datetime, end: datetime) -> Sequence[PaymentEvent]:
        events = await self._provider.list_events(start, end)
        return [elsewhere(event) for event in events for _ in range(2)]


def elsewhere(fact: Fact) -> Fact:
    facts = {each.name: getattr(fact, each.name) for each in fields(fact)}
    moments = {name: each.astimezone(INDIA) for name, each in facts.items() if isinstance(each, datetime)}
    return replace(fact, **moments)


async def test_differences_on_overlapping_pages_and_in_repeated_events_are_reported_once(books: Books):
    ana, plan, _ = await books.sell()
    refs = await sell(books, 5)
    books.refund(1, plan)
    books.cancel(refs[3])
    books.shop.gateways.gateways = {"acme": (untidy := Untidy(books.shop.provider))}
    before = {str(row) for row in books.shop.memory.rows("subscriptions")}
    dry = await books.run(dry_run=True)
    assert ({str(row) for row in books.shop.memory.rows("subscriptions")} == before, untidy.pages) == (True, 7)
    assert kinds(dry) == kinds(await books.run()) == ["refund", "cancellation"]
    assert (await books.shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED
    assert len(books.shop.memory.rows("refunds")) == 1
    assert kinds(await books.run()) == []
