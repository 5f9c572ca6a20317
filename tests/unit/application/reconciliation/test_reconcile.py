"""What the provider says otherwise is listed and taken over; a dry run changes nothing, a second run finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.access.give_time import Gift, GiveTime
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.inbox.ask_events import AskEvents
from subscriptions.application.reconciliation.reconcile import Reconcile, Report
from subscriptions.application.reconciliation.reconcile_money import ReconcileMoney
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import InboxId, TelegramId
from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayRejected,
    GatewayUnavailable,
    PaymentEventKind,
    ProviderStatus,
    SubscriptionPage,
    SubscriptionSnapshot,
)
from tests.fakes.provider import Provider
from tests.fakes.shop import Shop

Kind = PaymentEventKind


@dataclass
class Books:
    """A shop, and what compares its books with the provider's."""

    shop: Shop
    reconcile: Reconcile

    async def sell(self) -> tuple[Customer, ServicePlan, str]:
        """Somebody has bought; with the provider's name of their subscription."""
        ana, plan = await self.shop.customer(), await self.shop.plan()
        _, session = await self.shop.checkout(ana, plan)
        await self.shop.deliver(*self.shop.provider.pay(session))
        self.shop.clock.advance(timedelta(minutes=1))
        return ana, plan, f"sub-{len(self.shop.provider.subscriptions)}"

    async def run(self, **how: Any) -> Report:
        """Compare, and work on what follows."""
        done = len(await self.shop.jobs("core.apply_payment_event"))
        report = await self.reconcile(**how)
        for job in (await self.shop.jobs("core.apply_payment_event"))[done:]:
            await self.shop.apply(InboxId(UUID(str(job["inbox_id"]))))
        self.shop.clock.advance(timedelta(minutes=1))
        return report

    def refund(self, number: int, plan: ServicePlan) -> None:
        """Money goes back, and nobody tells."""
        about = {"payment_key": f"re-{number}", "about_payment": f"in-{number}", "amount_refunded": plan.price}
        self.shop.provider.tell(Kind.REFUND, "money.back", **about)

    def cancel(self, ref: str) -> None:
        """Canceled at the provider, and nobody tells."""
        end = self.shop.provider.subscriptions[ref].current_period_end
        self.shop.provider.change(ref, cancel_at_period_end=True, cancel_at=end)


@pytest.fixture
def books(shop: Shop) -> Books:
    events = AskEvents(shop.units, shop.gateways, shop.clock)
    money = ReconcileMoney(shop.units, shop.gateways, shop.clock, events, shop.ask_subscription)
    return Books(shop, Reconcile(shop.units, shop.clock, [money]))


def kinds(report: Report) -> list[str]:
    return [each.kind for each in report.differences]


class Unlisted:
    """The same provider, where it lists nothing that happened."""

    list_events = None

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)


async def test_what_nobody_told_is_listed_healed_and_not_found_again(books: Books):
    ana, plan, _ = await books.sell()
    books.refund(1, plan)
    _, _, other = await books.sell()
    books.cancel(other)
    dry = await books.run(dry_run=True)
    assert (await books.shop.holding(ana, plan)).subscription.status is SubscriptionStatus.ACTIVE
    report = await books.run()
    assert kinds(dry) == kinds(report) == ["refund", "cancellation"]
    assert [each.done for each in dry.differences] == [None, None]
    assert [each.done for each in report.differences] == ["applied", "followed"]
    assert str(ana.telegram_id) in report.differences[0].subject or "re-1" in report.differences[0].subject
    assert (await books.shop.holding(ana, plan)).subscription.status is SubscriptionStatus.EXPIRED
    assert kinds(await books.run()) == []


async def test_a_renewal_nobody_told_is_counted(books: Books):
    ana, plan, ref = await books.sell()
    books.shop.clock.advance(timedelta(days=30))
    books.shop.provider.renew(ref, plan.price)
    assert "payment" in kinds(await books.run())
    assert len((await books.shop.holding(ana, plan)).payments) == 2
    assert kinds(await books.run()) == []


async def test_a_renewal_nobody_told_is_counted_also_while_given_time_runs_ahead(books: Books):
    ana, plan, ref = await books.sell()
    giving, now = GiveTime(GrantAccess(books.shop.policy)), books.shop.clock.now()
    async with books.shop.units() as uow:
        given = await giving.find(uow, ana, plan, plan.price, now)
        gift = Gift(kind=LedgerKind.COMPENSATION, source_key="1", length=timedelta(days=100), price=plan.price)
        await giving.add(uow, given, ana, plan, gift, now)
        await uow.commit()
    for month in (2, 3):
        books.shop.clock.advance(timedelta(days=30))
        books.shop.provider.renew(ref, plan.price)
        if month == 2:
            # Only the period itself was heard of.
            held = await books.shop.holding(ana, plan)
            await books.shop.follow.apply(held.subscription.id, books.shop.provider.subscriptions[ref])
    books.shop.gateways.gateways = {"acme": Unlisted(books.shop.provider)}
    assert kinds(await books.run()) == ["payment"]
    assert len((await books.shop.holding(ana, plan)).payments) == 3
    assert kinds(await books.run()) == []


async def test_one_customer_alone(books: Books):
    ana, _, first = await books.sell()
    _, _, second = await books.sell()
    for ref in (first, second):
        books.cancel(ref)
    report = await books.run(customer=ana.telegram_id)
    assert [(each.kind, first in each.subject) for each in report.differences] == [("cancellation", True)]
    assert kinds(await books.run(customer=TelegramId(1))) == []
    assert kinds(await books.run()) == ["cancellation"]


async def test_a_provider_that_does_not_answer_is_told_and_the_run_goes_on(books: Books):
    await books.sell()
    books.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    (told,) = (await books.run()).open
    assert (told.kind, told.subject, told.decide) == ("no_answer", "acme", "again")
    assert kinds(await books.run(provider="other")) == []


async def test_a_subscription_the_provider_does_not_know_needs_a_person(books: Books):
    _, _, ref = await books.sell()
    del books.shop.provider.subscriptions[ref]
    (told,) = (await books.run()).open
    assert (told.kind, told.decide) == ("unknown", "look_there")


async def test_who_pressed_the_button_is_told(books: Books):
    _, plan, _ = await books.sell()
    books.refund(1, plan)
    await books.reconcile.and_tell("1")
    (job,) = await books.shop.jobs("bot.alarm")
    assert (job["kind"], job["facts"]["found"], job["facts"]["open"]) == ("reconciled", "1", "0")
    async with books.shop.units() as uow:
        assert await uow.alarms.count_open() == 0


async def test_what_needs_a_person_stands_first_and_stays_open(books: Books):
    _, plan, _ = await books.sell()
    _, _, ref = await books.sell()
    books.refund(1, plan)
    del books.shop.provider.subscriptions[ref]
    await books.reconcile.and_tell("1")
    (job,) = await books.shop.jobs("bot.alarm")
    kinds = [line.split("\t")[0] for line in job["facts"]["differences"].split("\n")]
    assert kinds[0] == "unknown"
    assert "refund" in kinds
    async with books.shop.units() as uow:
        assert await uow.alarms.count_open() == 1


class Refusing(Unlisted):
    """The same provider, which answers nothing about one subscription."""

    def __init__(self, provider: Provider, ref: str) -> None:
        super().__init__(provider)
        self._ref = ref

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        if ref == self._ref:
            raise GatewayRejected("acme", "not this one")
        return await self._provider.fetch_subscription(ref)


class Listing(Unlisted):
    """The same provider, which lists its subscriptions by twos. meanwhile: what happens after the first page. refuses:
    who asks may not list. fails_on: the page at which it goes away. circle: where each next page begins."""

    def __init__(self, provider: Provider, meanwhile: Callable[[], object] | None = None) -> None:
        super().__init__(provider)
        self.pages, self.asked, self.refuses = 0, list[str](), False
        self.fails_on: int | None = None
        self.circle: str | None = None
        self._meanwhile = meanwhile

    async def list_subscriptions(self, after: str | None) -> SubscriptionPage:
        if self.refuses:
            raise GatewayAuthError("acme", "no permission")
        self.pages += 1
        assert self.pages < 100, "it is read for ever"
        if self.pages == self.fails_on:
            raise GatewayUnavailable("acme", "no answer")
        going = [one for one in self._provider.subscriptions.values() if not one.cancel_at_period_end or one.cancel_at]
        start = int(after or 0)
        page = [replace(one, fetched_at=self._provider.clock.now()) for one in going[start : start + 2]]
        if self.pages == 1 and self._meanwhile is not None:
            self._meanwhile()
        onward = str(start + 2) if start + 2 < len(going) else None
        return SubscriptionPage(snapshots=page, next=self.circle or onward)

    async def fetch_subscription(self, ref: str) -> SubscriptionSnapshot | None:
        self.asked.append(ref)
        return await self._provider.fetch_subscription(ref)


async def sell(books: Books, count: int) -> list[str]:
    return [(await books.sell())[2] for _ in range(count)]


async def test_where_they_are_listed_nobody_is_asked_about(books: Books):
    refs = await sell(books, 5)
    books.cancel(refs[3])
    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider))}
    assert kinds(await books.run(dry_run=True)) == kinds(await books.run()) == ["cancellation"]
    before = {str(row) for row in books.shop.memory.rows("subscriptions")}
    assert kinds(await books.run()) == []
    assert {str(row) for row in books.shop.memory.rows("subscriptions")} == before
    assert (listing.pages, listing.asked) == (9, [])


async def test_what_changes_meanwhile_and_leaves_the_list_is_asked_about(books: Books):
    refs = await sell(books, 5)
    gone = books.shop.provider.subscriptions[refs[0]]

    def over() -> None:
        books.shop.provider.subscriptions[refs[0]] = replace(
            gone, status=ProviderStatus.ENDED, cancel_at_period_end=True, cancel_at=None
        )
        books.cancel(refs[4])

    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider, over))}
    assert kinds(await books.run()) == ["cancellation"], "the last one, which was on a later page"
    assert listing.asked == [refs[2]], "the one that moved up a place in between"
    assert kinds(await books.run()) == ["cancellation"]
    assert listing.asked == [refs[2], refs[0]]


async def test_who_may_not_list_is_asked_about_each(books: Books):
    refs = await sell(books, 3)
    books.cancel(refs[1])
    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider))}
    listing.refuses = True
    assert kinds(await books.run()) == ["cancellation"]
    assert sorted(listing.asked) == refs


async def test_what_was_found_before_the_provider_went_away_is_told(books: Books):
    refs = await sell(books, 5)
    for ref in refs:
        books.cancel(ref)

    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider))}
    listing.fails_on = 2
    report = await books.run()
    assert kinds(report) == ["cancellation", "cancellation", "no_answer"]
    listing.fails_on = None
    assert kinds(await books.run()) == ["cancellation"] * 3, "the others, and only they"


async def test_a_refusal_about_one_is_told_of_that_one_and_the_others_are_compared(books: Books):
    refs = await sell(books, 3)
    books.cancel(refs[2])
    books.shop.gateways.gateways = {"acme": Refusing(books.shop.provider, refs[0])}
    report = await books.run()
    assert sorted(kinds(report)) == ["cancellation", "refused"]
    (told,) = report.open
    assert (refs[0] in told.subject, told.decide) == (True, "look_there")


async def test_who_may_not_see_events_is_asked_how_each_stands(books: Books):
    (ref,) = await sell(books, 1)
    books.cancel(ref)
    books.shop.provider.errors.append(GatewayAuthError("acme", "no permission"))
    assert kinds(await books.run()) == ["no_answer", "cancellation"]


async def test_a_list_that_leads_in_a_circle_is_read_once(books: Books):
    refs = await sell(books, 5)
    books.cancel(refs[4])
    books.shop.gateways.gateways = {"acme": (listing := Listing(books.shop.provider))}
    listing.circle = "2"
    assert kinds(await books.run()) == ["cancellation"]
    assert (listing.pages, listing.asked) == (2, [refs[4]])
