"""Check that the provider is queried on a schedule for events without a webhook, and that events found by a query have
the effects of delivered ones.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.inbox.poll_events import OVERLAP, RECEIVED_UNTIL, SETTLES, PollEvents
from subscriptions.application.inbox.watch_providers import ASKED_EVERY, WatchProviders
from subscriptions.domain.entities.access import MAY_ENTER
from subscriptions.domain.entities.payment_method import PaymentMethod
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.ids import InboxId
from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayUnavailable,
    PaymentEvent,
    PaymentEventKind,
    ProviderStatus,
)
from subscriptions.domain.ports.repositories.inbox import Origin
from tests.fakes.shop import Holding, Shop

Kind = PaymentEventKind
REF = "sub-1"


class Quiet:
    """Shop whose provider's webhooks do not arrive, with a customer and a clock."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.ask = PollEvents(shop.units, shop.gateways, shop.clock)
        self.watch = WatchProviders(shop.units, shop.gateways, shop.clock)

    async def sell(self) -> None:
        """Sell a subscription whose webhooks still arrive, and advance the clock by two hours."""
        self.ana, self.plan = await self.shop.customer(), await self.shop.plan()
        _, session = await self.shop.checkout(self.ana, self.plan)
        await self.shop.deliver(*self.shop.provider.pay(session))
        await self.beat()
        self.shop.clock.advance(timedelta(hours=2))
        await self.beat()

    async def beat(self) -> None:
        """Run the schedule once and all jobs that follow."""
        done = len(await self.shop.jobs("core.ask_events")), len(await self.shop.jobs("core.apply_payment_event"))
        await self.watch()
        for job in (await self.shop.jobs("core.ask_events"))[done[0] :]:
            await self.ask(job["provider"])
        for job in (await self.shop.jobs("core.apply_payment_event"))[done[1] :]:
            await self.shop.apply(InboxId(UUID(str(job["inbox_id"]))))

    async def an_hour(self) -> None:
        """Advance the clock by an hour, with one run of the schedule each minute."""
        for _ in range(60):
            self.shop.clock.advance(timedelta(minutes=1))
            await self.beat()

    async def held(self) -> Holding:
        return await self.shop.holding(self.ana, self.plan)

    def create_event(self, kind: Kind, key: str, **facts: Any) -> PaymentEvent:
        """Create an event about the payment without a webhook, and return the event."""
        return self.shop.provider.create_event(kind, "money.back", payment_key=key, about_payment="in-1", **facts)


@pytest.fixture
async def quiet(shop: Shop) -> Quiet:
    made = Quiet(shop)
    await made.sell()
    return made


def entering(held: Holding) -> bool:
    return any(access.status in MAY_ENTER for access in held.accesses)


async def test_unreported_full_refund_is_found_within_the_hour(quiet: Quiet):
    quiet.create_event(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    await quiet.an_hour()
    held = await quiet.held()
    assert not entering(held)
    assert held.subscription.status is SubscriptionStatus.EXPIRED


async def test_partial_refund_is_recorded_and_does_not_end_access(quiet: Quiet):
    quiet.create_event(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price.__class__(100, "EUR"))
    await quiet.an_hour()
    held = await quiet.held()
    assert entering(held)
    async with quiet.shop.units() as uow:
        assert [refund.amount.minor for refund in await uow.reversals.refunds_of(held.payment.id)] == [100]


@pytest.mark.parametrize(("end", "enters"), [(None, False), ("won", True), ("lost", False)])
async def test_unreported_dispute_and_its_result_are_found(quiet: Quiet, end: str | None, enters: bool):
    quiet.create_event(Kind.DISPUTE_OPENED, "dp-1")
    await quiet.an_hour()
    assert not entering(await quiet.held())
    if end is not None:
        quiet.create_event(Kind.DISPUTE_CLOSED, "dp-1", reason=end, final=True)
        await quiet.an_hour()
    assert entering(await quiet.held()) is enters


async def test_unreported_cancellation_at_the_provider_is_found(quiet: Quiet):
    end = quiet.shop.provider.subscriptions[REF].current_period_end
    quiet.shop.provider.change(REF, cancel_at_period_end=True, cancel_at=end)
    quiet.shop.provider.updated(REF)
    await quiet.an_hour()
    assert (await quiet.held()).subscription.status is SubscriptionStatus.CANCELED


async def test_unreported_pause_at_the_provider_is_found(quiet: Quiet):
    quiet.shop.provider.change(REF, status=ProviderStatus.PAUSED)
    quiet.shop.provider.updated(REF)
    await quiet.an_hour()
    assert not entering(await quiet.held())


async def test_late_webhook_is_recognized_as_the_same_event(quiet: Quiet):
    late = quiet.create_event(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    await quiet.an_hour()
    assert await quiet.shop.webhook(late) is False
    assert len(await quiet.shop.notified("refunded")) == 1


async def test_event_received_by_webhook_is_not_stored_again_by_a_query(quiet: Quiet):
    reported = quiet.create_event(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    await quiet.shop.deliver(reported)
    await quiet.an_hour()
    assert {entry.origin for entry in quiet.shop.memory.rows("webhook_inbox")} == {Origin.TOLD}


async def test_event_whose_webhook_may_still_arrive_is_not_queried(quiet: Quiet):
    quiet.shop.clock.advance(ASKED_EVERY)
    quiet.create_event(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    await quiet.beat()
    assert quiet.shop.provider.spans[-1][1] == quiet.shop.clock.now() - SETTLES
    assert entering(await quiet.held())


async def test_events_of_a_week_long_outage_are_queried_day_by_day(quiet: Quiet):
    quiet.create_event(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    quiet.shop.clock.advance(timedelta(days=7))
    asked = len(quiet.shop.provider.spans)
    quiet.shop.provider.errors.append(GatewayUnavailable("acme", "no answer"))
    await quiet.ask("acme")
    await quiet.beat()
    spans = quiet.shop.provider.spans[asked:]
    assert len(spans) == 8
    assert all(until - since <= timedelta(days=1) for since, until in spans)
    assert [since for since, _ in spans[1:]] == [until for _, until in spans[:-1]]
    assert not entering(await quiet.held())


async def test_query_that_fails_in_an_outage_is_repeated_only_by_the_schedule(quiet: Quiet):
    """A job with its own retries would add one more job each minute, and each job would occupy the worker."""
    quiet.create_event(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    quiet.shop.provider.errors += [GatewayUnavailable("acme", "no answer")] * 30
    await quiet.an_hour()
    assert not quiet.shop.provider.errors
    assert not entering(await quiet.held())


async def test_interrupted_query_is_continued(quiet: Quiet):
    quiet.shop.clock.advance(timedelta(days=3))
    asked = len(quiet.shop.provider.spans)
    quiet.shop.provider.errors += [None, GatewayUnavailable("acme", "no answer")]
    await quiet.ask("acme")
    await quiet.ask("acme")
    spans = quiet.shop.provider.spans[asked:]
    assert spans[1][0] == spans[0][1] - OVERLAP, "what was asked for is asked for once more, and no further"


async def test_missing_permission_to_list_events_alerts_the_owners_once_a_day(quiet: Quiet):
    for _ in range(3):
        quiet.shop.clock.advance(ASKED_EVERY)
        quiet.shop.provider.errors.append(GatewayAuthError("acme", "no permission"))
        await quiet.beat()
    assert await quiet.shop.alarms() == ["events_not_listed"]


async def test_permission_alarm_closes_once_events_are_listed_again(quiet: Quiet):
    quiet.shop.provider.errors.append(GatewayAuthError("acme", "no permission"))
    for open_alarms in (1, 0):
        quiet.shop.clock.advance(ASKED_EVERY)
        await quiet.beat()
        async with quiet.shop.units() as uow:
            assert await uow.alarms.count_open() == open_alarms


async def test_no_query_is_skipped_after_the_clock_was_ahead(quiet: Quiet):
    async with quiet.shop.units() as uow:
        await uow.variables.set(RECEIVED_UNTIL.for_subject("acme"), quiet.shop.clock.now() + timedelta(days=40))
        await uow.commit()
    quiet.shop.clock.advance(timedelta(minutes=1))
    await quiet.beat()
    quiet.create_event(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    await quiet.an_hour()
    assert not entering(await quiet.held())


async def test_dry_run_of_a_query_stores_nothing(quiet: Quiet):
    quiet.create_event(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    now = quiet.shop.clock.now()
    span = (now - timedelta(hours=1), now + timedelta(seconds=1))
    before = len(quiet.shop.memory.rows("webhook_inbox"))
    for _ in range(2):
        assert [event.payment_key for event in await quiet.ask.fetch_between("acme", *span, dry_run=True)] == ["re-1"]
    assert len(quiet.shop.memory.rows("webhook_inbox")) == before


async def test_unreachable_provider_raises_one_alarm_that_closes_once_the_provider_answers(quiet: Quiet):
    async def open_alarms() -> list[str]:
        async with quiet.shop.units() as uow:
            return [alarm.kind for alarm in await uow.alarms.open(9)]

    shop, down = quiet.shop, GatewayUnavailable("acme", "answered 500")
    shop.provider.errors += [down] * 1000
    began = shop.clock.now()
    for _ in range(5):
        await quiet.an_hour()
    [notified] = [job for job in await shop.jobs("bot.alarm") if job["kind"] == "provider_silent"]
    since = datetime.strptime(notified["facts"]["since"], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    assert notified["facts"]["provider"] == "acme"
    assert began <= since <= began + ASKED_EVERY + timedelta(minutes=1)
    assert await open_alarms() == ["provider_silent"]

    # An owner hides the method, and is reminded of that.
    async with shop.units() as uow:
        await uow.payment_methods.save(
            PaymentMethod(provider="acme", enabled=False, position=0, changed_at=shop.clock.now())
        )
        await uow.commit()
    shop.provider.errors.clear()
    await quiet.an_hour()
    assert await open_alarms() == []
    assert [job["kind"] for job in await shop.jobs("bot.alarm")][-1] == "provider_back"

    # A short outage raises no alarm.
    shop.provider.errors += [down] * 2
    shop.clock.advance(ASKED_EVERY)
    await quiet.beat()
    shop.provider.errors.clear()
    await quiet.an_hour()
    assert [job["kind"] for job in await shop.jobs("bot.alarm")].count("provider_silent") == 1
