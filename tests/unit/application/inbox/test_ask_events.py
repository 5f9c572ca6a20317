"""What happened and no webhook told: the clock has the provider asked, and it counts as if it had been told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from subscriptions.application.inbox.ask_events import HEARD_UNTIL, OVERLAP, SETTLES, AskEvents
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
    """A shop whose provider's webhooks do not arrive, somebody who has bought, and the clock."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.ask = AskEvents(shop.units, shop.gateways, shop.clock)
        self.watch = WatchProviders(shop.units, shop.gateways, shop.clock)

    async def sell(self) -> None:
        """Sold while webhooks still came, and a while ago."""
        self.ana, self.plan = await self.shop.customer(), await self.shop.plan()
        _, session = await self.shop.checkout(self.ana, self.plan)
        await self.shop.deliver(*self.shop.provider.pay(session))
        await self.beat()
        self.shop.clock.advance(timedelta(hours=2))
        await self.beat()

    async def beat(self) -> None:
        """What the clock does, and all that follows."""
        done = len(await self.shop.jobs("core.ask_events")), len(await self.shop.jobs("core.apply_payment_event"))
        await self.watch()
        for job in (await self.shop.jobs("core.ask_events"))[done[0] :]:
            await self.ask(job["provider"])
        for job in (await self.shop.jobs("core.apply_payment_event"))[done[1] :]:
            await self.shop.apply(InboxId(UUID(str(job["inbox_id"]))))

    async def an_hour(self) -> None:
        """It passes, and the clock looks each minute."""
        for _ in range(60):
            self.shop.clock.advance(timedelta(minutes=1))
            await self.beat()

    async def held(self) -> Holding:
        return await self.shop.holding(self.ana, self.plan)

    def tell(self, kind: Kind, key: str, **facts: Any) -> PaymentEvent:
        """Something about the payment, which nobody hears of."""
        return self.shop.provider.tell(kind, "money.back", payment_key=key, about_payment="in-1", **facts)


@pytest.fixture
async def quiet(shop: Shop) -> Quiet:
    made = Quiet(shop)
    await made.sell()
    return made


def entering(held: Holding) -> bool:
    return any(access.status in MAY_ENTER for access in held.accesses)


async def test_a_refund_in_full_is_found_within_the_hour(quiet: Quiet):
    quiet.tell(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    await quiet.an_hour()
    held = await quiet.held()
    assert not entering(held)
    assert held.subscription.status is SubscriptionStatus.EXPIRED


async def test_a_refund_of_a_part_is_on_record_and_takes_nothing(quiet: Quiet):
    quiet.tell(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price.__class__(100, "EUR"))
    await quiet.an_hour()
    held = await quiet.held()
    assert entering(held)
    async with quiet.shop.units() as uow:
        assert [refund.amount.minor for refund in await uow.reversals.refunds_of(held.payment.id)] == [100]


@pytest.mark.parametrize(("end", "enters"), [(None, False), ("won", True), ("lost", False)])
async def test_a_dispute_is_found_and_what_became_of_it(quiet: Quiet, end: str | None, enters: bool):
    quiet.tell(Kind.DISPUTE_OPENED, "dp-1")
    await quiet.an_hour()
    assert not entering(await quiet.held())
    if end is not None:
        quiet.tell(Kind.DISPUTE_CLOSED, "dp-1", reason=end, final=True)
        await quiet.an_hour()
    assert entering(await quiet.held()) is enters


async def test_a_cancellation_at_the_provider_is_found(quiet: Quiet):
    end = quiet.shop.provider.subscriptions[REF].current_period_end
    quiet.shop.provider.change(REF, cancel_at_period_end=True, cancel_at=end)
    quiet.shop.provider.updated(REF)
    await quiet.an_hour()
    assert (await quiet.held()).subscription.status is SubscriptionStatus.CANCELED


async def test_a_pause_at_the_provider_is_found(quiet: Quiet):
    quiet.shop.provider.change(REF, status=ProviderStatus.PAUSED)
    quiet.shop.provider.updated(REF)
    await quiet.an_hour()
    assert not entering(await quiet.held())


async def test_the_webhook_that_comes_after_all_is_the_same_event(quiet: Quiet):
    late = quiet.tell(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    await quiet.an_hour()
    assert await quiet.shop.webhook(late) is False
    assert len(await quiet.shop.told("refunded")) == 1


async def test_what_a_webhook_told_is_not_found_a_second_time(quiet: Quiet):
    told = quiet.tell(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    await quiet.shop.deliver(told)
    await quiet.an_hour()
    assert {entry.origin for entry in quiet.shop.memory.rows("webhook_inbox")} == {Origin.TOLD}


async def test_what_is_on_its_way_is_not_asked_for_yet(quiet: Quiet):
    quiet.shop.clock.advance(ASKED_EVERY)
    quiet.tell(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    await quiet.beat()
    assert quiet.shop.provider.spans[-1][1] == quiet.shop.clock.now() - SETTLES
    assert entering(await quiet.held())


async def test_a_provider_that_was_away_for_a_week_is_asked_day_by_day(quiet: Quiet):
    quiet.tell(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
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


async def test_a_provider_that_is_away_leaves_no_work_behind_but_the_next_look(quiet: Quiet):
    """A job that ran again by itself would be one more each minute, each holding a place of the worker's."""
    quiet.tell(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    quiet.shop.provider.errors += [GatewayUnavailable("acme", "no answer")] * 30
    await quiet.an_hour()
    assert not quiet.shop.provider.errors
    assert not entering(await quiet.held())


async def test_an_interrupted_answer_is_gone_on_with(quiet: Quiet):
    quiet.shop.clock.advance(timedelta(days=3))
    asked = len(quiet.shop.provider.spans)
    quiet.shop.provider.errors += [None, GatewayUnavailable("acme", "no answer")]
    await quiet.ask("acme")
    await quiet.ask("acme")
    spans = quiet.shop.provider.spans[asked:]
    assert spans[1][0] == spans[0][1] - OVERLAP, "what was asked for is asked for once more, and no further"


async def test_who_may_not_list_is_told_to_the_owners_once_a_day(quiet: Quiet):
    for _ in range(3):
        quiet.shop.clock.advance(ASKED_EVERY)
        quiet.shop.provider.errors.append(GatewayAuthError("acme", "no permission"))
        await quiet.beat()
    assert await quiet.shop.alarms() == ["events_not_listed"]


async def test_once_it_may_list_again_the_alarm_closes_itself(quiet: Quiet):
    quiet.shop.provider.errors.append(GatewayAuthError("acme", "no permission"))
    for open_alarms in (1, 0):
        quiet.shop.clock.advance(ASKED_EVERY)
        await quiet.beat()
        async with quiet.shop.units() as uow:
            assert await uow.alarms.count_open() == open_alarms


async def test_a_clock_that_was_ahead_leaves_nobody_unasked(quiet: Quiet):
    async with quiet.shop.units() as uow:
        await uow.variables.set(HEARD_UNTIL.for_subject("acme"), quiet.shop.clock.now() + timedelta(days=40))
        await uow.commit()
    quiet.shop.clock.advance(timedelta(minutes=1))
    await quiet.beat()
    quiet.tell(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    await quiet.an_hour()
    assert not entering(await quiet.held())


async def test_a_dry_run_finds_and_keeps_nothing(quiet: Quiet):
    quiet.tell(Kind.REFUND, "re-1", amount_refunded=quiet.plan.price)
    now = quiet.shop.clock.now()
    span = (now - timedelta(hours=1), now + timedelta(seconds=1))
    before = len(quiet.shop.memory.rows("webhook_inbox"))
    for _ in range(2):
        assert [event.payment_key for event in await quiet.ask.ask_between("acme", *span, dry_run=True)] == ["re-1"]
    assert len(quiet.shop.memory.rows("webhook_inbox")) == before


async def test_a_provider_that_does_not_answer_is_told_with_since_when_until_it_does(quiet: Quiet):
    async def open_alarms() -> list[str]:
        async with quiet.shop.units() as uow:
            return [alarm.kind for alarm in await uow.alarms.open(9)]

    shop, down = quiet.shop, GatewayUnavailable("acme", "answered 500")
    shop.provider.errors += [down] * 1000
    began = shop.clock.now()
    for _ in range(5):
        await quiet.an_hour()
    [told] = [job for job in await shop.jobs("bot.alarm") if job["kind"] == "provider_silent"]
    since = datetime.strptime(told["facts"]["since"], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    assert told["facts"]["provider"] == "acme"
    assert began <= since <= began + ASKED_EVERY + timedelta(minutes=1)
    assert await open_alarms() == ["provider_silent"]

    # An owner hides its button, and is reminded of that.
    async with shop.units() as uow:
        await uow.payment_methods.save(
            PaymentMethod(provider="acme", enabled=False, position=0, changed_at=shop.clock.now())
        )
        await uow.commit()
    shop.provider.errors.clear()
    await quiet.an_hour()
    assert await open_alarms() == []
    assert [job["kind"] for job in await shop.jobs("bot.alarm")][-1] == "provider_back"

    # What is away for a moment is no alarm.
    shop.provider.errors += [down] * 2
    shop.clock.advance(ASKED_EVERY)
    await quiet.beat()
    shop.provider.errors.clear()
    await quiet.an_hour()
    assert [job["kind"] for job in await shop.jobs("bot.alarm")].count("provider_silent") == 1
