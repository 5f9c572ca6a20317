"""Audiences and deliveries of a broadcast, with the same results in memory and in PostgreSQL."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from features.broadcasts.domain import Audience, Broadcast, BroadcastDelivery, DeliveryState, Segment
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.repository import BROADCAST, SqlBroadcastRepository
from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.delivery import BLOCKED_BOT
from subscriptions.domain.entities.post import PostButton, PostContent, PostSource
from subscriptions.domain.entities.resource import SHARED_CHANNEL, EntryPolicy, Resource
from subscriptions.domain.entities.reversal import Refund
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import ChatId, CustomerId
from subscriptions.domain.money import Money
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.infrastructure.database.codecs import VersionedJson
from subscriptions.infrastructure.repositories.store import Unit
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

RICH = PostContent(
    text="Hola",
    entities='[{"type": "bold", "offset": 0, "length": 4}]',
    buttons=((PostButton("Ver", "https://example.com"),),),
    source=PostSource(ChatId(-1001), (4, 5)),
)


async def people(uow: UnitOfWork) -> dict[CustomerId, str]:
    """Create one customer of each kind: with the plan, with another plan, with an expired plan, without a purchase,
    with English as language, one who blocked the bot, one who is barred, and one who was erased.
    """
    plan, other = samples.plan(soft_id="retabet"), samples.plan(soft_id="sportium")
    await uow.plans.save(plan)
    await uow.plans.save(other)
    names = ("active", "elsewhere", "lapsed", "never", "english", "blocked", "barred", "gone")
    found = {name: samples.customer(language="en" if name == "english" else "es") for name in names}
    found["blocked"].blocked_at = found["barred"].barred_at = NOON
    found["gone"] = replace(found["gone"], telegram_id=found["gone"].stand_in)
    found["lapsed"].tags, found["never"].tags = frozenset({"vip", "moroso"}), frozenset({"vip"})
    found["active"].source = found["never"].source = "instagram"
    for each in found.values():
        await uow.customers.save(each)
    over = {"status": SubscriptionStatus.EXPIRED, "ended_at": NOON}
    for name, what, more in (("active", plan, {}), ("elsewhere", other, {}), ("lapsed", plan, over)):
        await uow.subscriptions.save(samples.given(found[name], what, NOON + timedelta(days=9), **more))
    resource = Resource.add("talk", SHARED_CHANNEL, "Talk", EntryPolicy.REQUEST, NOON)
    await uow.resources.add_if_new(resource)
    channel = Channel.for_resource(resource, ChatId(-1001), "Talk", NOON)
    await uow.channels.add_if_new(channel)
    for name, joins in (("elsewhere", True), ("never", False)):
        access = Access.request(found[name].id, channel.id, NOON, is_shared=True)
        if joins:
            access.join(NOON)
        await uow.accesses.save(access)
    for name, back in (("active", 1000), ("lapsed", 0)):
        order = samples.order(found[name], plan)
        await uow.orders.add_if_new(order)
        payment = samples.payment(order)
        await uow.payments.add_if_new(payment)
        if back:
            gone = Refund.give("acme", name, payment.id, Money(back, "EUR"), occurred_at=NOON, now=NOON)
            await uow.reversals.add_refund_if_new(gone)
    return {each.id: name for name, each in found.items()}


@pytest.mark.parametrize(
    ("audience", "meant"),
    [
        (Audience(), {"active", "elsewhere", "lapsed", "never", "english", "blocked"}),
        (Audience(segment=Segment.ACTIVE), {"active", "elsewhere"}),
        (Audience(segment=Segment.ACTIVE, plan="retabet"), {"active"}),
        (Audience(segment=Segment.LAPSED), {"lapsed"}),
        (Audience(segment=Segment.LAPSED, plan="sportium"), set()),
        (Audience(segment=Segment.NEVER), {"never", "english", "blocked"}),
        (Audience(plan="retabet"), {"active", "lapsed"}),
        (Audience(language="en"), {"english"}),
        (Audience(segment=Segment.NEVER, language="es"), {"never", "blocked"}),
        (Audience(segment=Segment.INSIDE, chat="talk"), {"elsewhere"}),
        (Audience(segment=Segment.INSIDE, chat="talk", language="en"), set()),
        (Audience(segment=Segment.SPENT, spent=Money(2000, "EUR")), {"lapsed"}),
        (Audience(segment=Segment.SPENT, spent=Money(1999, "EUR")), {"active", "lapsed"}),
        (Audience(segment=Segment.SPENT, spent=Money(1, "USD")), set()),
        (Audience(segment=Segment.INSIDE, chat="talk", plan="sportium"), {"elsewhere"}),
        (Audience(segment=Segment.INSIDE, chat="talk", plan="retabet"), set()),
        (Audience(segment=Segment.ACTIVE, chat="talk", spent=Money(1, "EUR")), set()),
        (Audience(chat="talk"), {"elsewhere"}),
        (Audience(spent=Money(1, "EUR"), plan="retabet"), {"active", "lapsed"}),
        (Audience(tag="vip"), {"lapsed", "never"}),
        (Audience(tag="vi"), set()),
        (Audience(tag="vip", segment=Segment.NEVER), {"never"}),
        (Audience(source="instagram"), {"active", "never"}),
        (Audience(source="instagram", tag="vip", language="es"), {"never"}),
        (Audience(ends_within=9), set()),
        (Audience(ends_within=10), {"active", "elsewhere"}),
        (Audience(ends_within=10, plan="retabet"), {"active"}),
        (Audience(ends_within=10, segment=Segment.INSIDE, chat="talk"), {"elsewhere"}),
        (Audience(ends_within=366), {"active", "elsewhere"}),
    ],
)
async def test_audience_selects_the_matching_customers(units: Units, audience: Audience, meant: set[str]) -> None:
    async with units() as uow:
        names = await people(uow)
        broadcast = Broadcast.draft("k", None, RICH, NOON)
        broadcast.aim(audience)
        assert await uow.of(BROADCASTS_KEY).add_if_new(broadcast)
        assert await uow.of(BROADCASTS_KEY).size(audience, NOON) == (len(meant), len(meant - {"blocked"}))
        assert await uow.of(BROADCASTS_KEY).address(broadcast, audience, NOON) == len(meant)
        assert await uow.of(BROADCASTS_KEY).address(broadcast, audience, NOON) == 0, "once each"
        taken = await uow.of(BROADCASTS_KEY).claim(broadcast.id, 100, NOON)
        assert {names[each.delivery.customer_id] for each in taken} == meant - {"blocked"}
        blocked = {(DeliveryState.FAILED, BLOCKED_BOT): 1} if "blocked" in meant else {}
        assert {**(await uow.of(BROADCASTS_KEY).counts(broadcast.id))} == blocked | (
            {(DeliveryState.SENDING, None): len(taken)} if taken else {}
        )


async def test_broadcast_is_read_as_saved(units: Units) -> None:
    async with units() as uow:
        broadcast = Broadcast.draft("k", samples.customer().telegram_id, RICH, NOON)
        broadcast.aim(Audience(channels=frozenset({"b", "a"})))
        assert await uow.of(BROADCASTS_KEY).add_if_new(broadcast)
        assert not await uow.of(BROADCASTS_KEY).add_if_new(Broadcast.draft("k", None, RICH, NOON))
        assert (
            await uow.of(BROADCASTS_KEY).by_key("k", lock=True)
            == await uow.of(BROADCASTS_KEY).get(broadcast.id)
            == broadcast
        )
        assert list(await uow.of(BROADCASTS_KEY).newest(5)) == [broadcast]
        assert list(await uow.of(BROADCASTS_KEY).newest(5, 1)) == []
        await uow.of(BROADCASTS_KEY).remove(broadcast.id)
        assert await uow.of(BROADCASTS_KEY).get(broadcast.id) is None


async def test_delivery_is_claimed_once_and_its_result_is_stored(units: Units) -> None:
    async with units() as uow:
        await people(uow)
        broadcast = Broadcast.draft("k", None, RICH, NOON)
        broadcast.aim(Audience(segment=Segment.ACTIVE))
        assert await uow.of(BROADCASTS_KEY).add_if_new(broadcast)
        await uow.of(BROADCASTS_KEY).address(broadcast, Audience(segment=Segment.ACTIVE), NOON)
        first = await uow.of(BROADCASTS_KEY).claim(broadcast.id, 1, NOON)
        second = await uow.of(BROADCASTS_KEY).claim(broadcast.id, 5, NOON)
        assert (len(first), len(second)) == (1, 1)
        assert not await uow.of(BROADCASTS_KEY).claim(broadcast.id, 5, NOON)
        sent = first[0].delivery
        sent.status, sent.message_id, sent.others, sent.revision = DeliveryState.SENT, 9, frozenset({"10", "11"}), 1
        sent.sending_since = None
        await uow.of(BROADCASTS_KEY).settle([sent])
        assert list(await uow.of(BROADCASTS_KEY).list_outdated(broadcast, 5)) == []
        broadcast.revision = 2
        assert list(await uow.of(BROADCASTS_KEY).list_outdated(broadcast, 5)) == first
        assert await uow.of(BROADCASTS_KEY).give_up(broadcast.id, NOON) == 0
        assert await uow.of(BROADCASTS_KEY).give_up(broadcast.id, NOON + timedelta(seconds=1)) == 1
        assert await uow.of(BROADCASTS_KEY).counts(broadcast.id) == {
            (DeliveryState.SENT, None): 1,
            (DeliveryState.UNKNOWN, None): 1,
        }
        assert await uow.of(BROADCASTS_KEY).try_again(broadcast.id) == 1
        assert len(await uow.of(BROADCASTS_KEY).claim(broadcast.id, 5, NOON)) == 1


async def test_claim_respects_the_limit_under_any_query_plan(units: Units) -> None:
    async with units() as uow:
        await people(uow)
        broadcast = Broadcast.draft("k", None, RICH, NOON)
        broadcast.aim(Audience())
        assert await uow.of(BROADCASTS_KEY).add_if_new(broadcast)
        assert await uow.of(BROADCASTS_KEY).address(broadcast, Audience(), NOON) == 6
        await uow.commit()
    if units.engine is None:
        return
    async with units.engine.begin() as connection:
        # PostgreSQL chooses this plan when its statistics are old.
        for way in ("hashjoin", "mergejoin", "hashagg", "sort", "material"):
            await connection.execute(text(f"SET LOCAL enable_{way} = off"))
        repository = SqlBroadcastRepository(Unit(connection, lambda _: None))
        assert len(await repository.claim(broadcast.id, 2, NOON)) == 2


async def test_result_of_a_delivery_to_an_erased_customer_is_not_stored(units: Units) -> None:
    async with units() as uow:
        names = await people(uow)
        broadcast = Broadcast.draft("k", None, RICH, NOON)
        assert await uow.of(BROADCASTS_KEY).add_if_new(broadcast)
        gone = next(who for who, name in names.items() if name == "gone")
        await uow.of(BROADCASTS_KEY).settle([BroadcastDelivery(broadcast_id=broadcast.id, customer_id=gone)])
        await uow.of(BROADCASTS_KEY).settle([])
        assert await uow.of(BROADCASTS_KEY).counts(broadcast.id) == {}


async def test_unsent_draft_is_pruned_after_its_retention_period(units: Units) -> None:
    async with units() as uow:
        left, waits = Broadcast.draft("left", None, RICH, NOON), Broadcast.draft("waits", None, RICH, NOON)
        waits.aim(Audience())
        waits.start(NOON, NOON)
        for each in (left, waits):
            assert await uow.of(BROADCASTS_KEY).add_if_new(each)
        day = timedelta(days=1)
        assert await uow.personal_data.prune(Record.NOTIFICATIONS, NOON + day, day, 9) == 0
        assert await uow.personal_data.prune(Record.NOTIFICATIONS, NOON + day + timedelta(seconds=1), day, 9) == 1
        assert [each.key for each in await uow.of(BROADCASTS_KEY).newest(9)] == ["waits"]


async def test_mirrored_broadcasts_of_a_channel_are_found_without_old_and_withdrawn_ones(units: Units) -> None:
    def draft(key: str, days: int = 0) -> Broadcast:
        return Broadcast.draft(key, None, RICH, NOON + timedelta(days=days))

    later, first = draft("mirror:-1001:5", 1), draft("mirror:-1001:g")
    old, other, withdrawn = draft("mirror:-1001:4", -1), draft("mirror:-10012:5"), draft("mirror:-1001:6")
    withdrawn.withdraw(NOON)
    async with units() as uow:
        for each in (later, first, old, other, withdrawn):
            assert await uow.of(BROADCASTS_KEY).add_if_new(each)
        assert [each.key for each in await uow.of(BROADCASTS_KEY).list_mirrored(ChatId(-1001), NOON)] == [
            first.key,
            later.key,
        ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"segment": Segment.INSIDE},
        {"segment": Segment.SPENT},
        {"segment": Segment.SPENT, "spent": Money(0, "EUR")},
        {"spent": Money(0, "EUR")},
        {"ends_within": 0},
        {"ends_within": 367},
        {"ends_within": 7, "segment": Segment.NEVER},
        {"ends_within": 7, "segment": Segment.LAPSED},
        {"channels": frozenset({"retabet"}), "tag": "vip"},
    ],
)
def test_audience_with_contradictory_or_missing_fields_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Audience(**wrong)


async def test_subscription_that_renews_automatically_is_not_selected_as_ending_soon(units: Units) -> None:
    async with units() as uow:
        who, plan = samples.customer(), samples.plan()
        order = samples.order(who, plan)
        await uow.customers.save(who)
        await uow.plans.save(plan)
        await uow.orders.add_if_new(order)
        subscription = samples.subscription(order, access_until=NOON + timedelta(days=3))
        await uow.subscriptions.save(subscription)
        assert subscription.provider_ref is not None
        audience = Audience(ends_within=7)
        assert await uow.of(BROADCASTS_KEY).size(audience, NOON) == (0, 0)
        subscription.status = SubscriptionStatus.CANCELED
        await uow.subscriptions.save(subscription)
        assert await uow.of(BROADCASTS_KEY).size(audience, NOON) == (1, 1)
        assert await uow.of(BROADCASTS_KEY).size(replace(audience, ends_within=3), NOON) == (0, 0)


@pytest.mark.parametrize(
    ("audience", "version"),
    [(Audience(plan="retabet", chat="talk"), 1), (Audience(tag="vip"), 2), (Audience(ends_within=7), 2)],
)
def test_earlier_release_refuses_an_audience_stored_with_a_newer_filter(audience: Audience, version: int) -> None:
    broadcast = replace(Broadcast.draft("k", None, RICH, NOON), audience=audience)
    row = BROADCAST.to_row(broadcast)
    assert BROADCAST.to_entity(row) == broadcast
    stored = row["audience"]
    assert isinstance(stored, dict)
    assert stored["v"] == version
    earlier = VersionedJson(Audience)
    with pytest.raises(ValueError, match="version 2") if version == 2 else nullcontext():
        assert earlier.load(stored) == audience


async def test_buyers_and_net_revenue_after_a_broadcast_are_counted_within_the_given_period(units: Units) -> None:
    async with units() as uow:
        names = await people(uow)
        ids = {name: customer_id for customer_id, name in names.items()}
        broadcast = Broadcast.draft("k", None, RICH, NOON)
        broadcast.aim(Audience())
        broadcast.start(NOON, NOON)
        assert await uow.of(BROADCASTS_KEY).list_buyers(broadcast, timedelta(days=7)) == []
        broadcast.begin(NOON - timedelta(hours=1))
        assert await uow.of(BROADCASTS_KEY).add_if_new(broadcast)
        reached = [
            BroadcastDelivery(broadcast_id=broadcast.id, customer_id=ids[name], status=DeliveryState.SENT)
            for name in ("active", "lapsed", "never")
        ]
        await uow.of(BROADCASTS_KEY).address(broadcast, Audience(), NOON)
        await uow.of(BROADCASTS_KEY).settle(reached)
        # 29.99 with 10.00 refunded, and 29.99.
        assert await uow.of(BROADCASTS_KEY).list_buyers(broadcast, timedelta(days=7)) == [(2, Money(4998, "EUR"))]
        assert await uow.of(BROADCASTS_KEY).list_buyers(broadcast, timedelta(minutes=30)) == []


async def test_opened_link_is_recorded_once_and_only_for_sent_deliveries(units: Units) -> None:
    async with units() as uow:
        names = await people(uow)
        broadcast = Broadcast.draft("k", None, RICH, NOON)
        await uow.of(BROADCASTS_KEY).add_if_new(broadcast)
        await uow.of(BROADCASTS_KEY).address(broadcast, Audience(), NOON)
        taken = await uow.of(BROADCASTS_KEY).claim(broadcast.id, 2, NOON)
        for each in taken:
            each.delivery.status, each.delivery.message_id = DeliveryState.SENT, 7
        [first, second] = taken
        await uow.of(BROADCASTS_KEY).settle([first.delivery])
        assert await uow.of(BROADCASTS_KEY).note_opening(broadcast.id, first.telegram_id, NOON)
        assert not await uow.of(BROADCASTS_KEY).note_opening(broadcast.id, first.telegram_id, NOON + timedelta(days=1))
        assert not await uow.of(BROADCASTS_KEY).note_opening(broadcast.id, second.telegram_id, NOON)
        await uow.of(BROADCASTS_KEY).settle([first.delivery, second.delivery])
        assert await uow.of(BROADCASTS_KEY).count_opened(broadcast.id) == 1
        assert len(names) == 8
