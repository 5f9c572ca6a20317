"""Resources of plans and grandfathered entitlements of subscriptions, with the same results in memory and in
PostgreSQL.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.content import Content
from subscriptions.domain.entities.resource import (
    CONTENT,
    PERSONAL,
    SHARED_CHANNEL,
    EntryPolicy,
    GrandfatheredEntitlement,
    Holders,
    PlanTopic,
    Resource,
)
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.invite_maker import ChannelLook
from subscriptions.domain.ports.repositories.people import Record
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from tests.fakes import samples
from tests.fakes.samples import NOON
from tests.fakes.units import Units, database, units

__all__ = ["database", "units"]

DAY = timedelta(days=1)


async def a_channel(uow: UnitOfWork, name: str, chat: int) -> tuple[Resource, Channel]:
    resource = Resource.add(name, SHARED_CHANNEL, name, EntryPolicy.REQUEST, NOON)
    channel = Channel.for_resource(resource, ChatId(chat), name, NOON)
    assert await uow.resources.add_if_new(resource)
    assert await uow.channels.add_if_new(channel)
    return resource, channel


async def test_guests_of_a_chat_are_stored_and_unnamed_members_counted(units: Units) -> None:
    ana, guest, other = samples.customer(), TelegramId(97), TelegramId(98)
    async with units() as uow:
        _, channel = await a_channel(uow, "news", -1001)
        _, elsewhere = await a_channel(uow, "talk", -1002)
        await uow.customers.add_if_new(ana)
        access = Access.request(ana.id, channel.id, NOON, is_shared=True)
        access.join(NOON, is_shared=True)
        await uow.accesses.save(access)
        for person, at in ((guest, NOON), (other, NOON + DAY), (guest, NOON + 2 * DAY)):
            await uow.resources.note_guest(channel.id, person, at)
        await uow.resources.note_guest(elsewhere.id, guest, NOON)
        look = ChannelLook(title="News", is_channel=True, is_admin=True, chat_type="channel", chat=ChatId(-1001))
        await uow.resources.see_chat(look, NOON)
        for chat in (-1001, -1009):
            await uow.resources.count_chat(ChatId(chat), 7, NOON)
        await uow.resources.see_chat(look, NOON + DAY)
        await uow.commit()
    async with units() as uow:
        assert await uow.resources.guests(channel.id) == [other, guest]
        assert await uow.resources.guests(channel.id, 1) == [other]
        assert await uow.resources.named_inside(channel.id) == {ana.telegram_id, guest, other}
        await uow.resources.drop_guest(channel.id, guest)
        await uow.resources.drop_guest(channel.id, TelegramId(99))
        assert await uow.resources.guests(channel.id) == [other]
        assert await uow.resources.guests(elsewhere.id) == [guest]


async def test_grandfathered_entitlement_keeps_access_to_a_chat_removed_from_the_plan_until_it_is_dropped(
    units: Units,
) -> None:
    ana, plan, other = samples.customer(), samples.plan(opens=("news", "talk")), samples.plan(opens=("news",))
    live, late = samples.given(ana, plan, NOON + DAY), samples.given(ana, other, NOON + 2 * DAY)
    async with units() as uow:
        news, _ = await a_channel(uow, "news", -1001)
        talk, _ = await a_channel(uow, "talk", -1002)
        await uow.customers.add_if_new(ana)
        for each in (plan, other):
            await uow.plans.save(each)
        for subscription in (live, late):
            await uow.subscriptions.save(subscription)
        await uow.resources.keep(talk.id, plan.id)
        await uow.resources.keep(talk.id, plan.id)
        await uow.plans.save(replace(plan, opens=("news",)))
        await uow.commit()
    async with units() as uow:
        kept = GrandfatheredEntitlement(subscription_id=live.id, resource_id=talk.id, until=NOON + DAY)
        assert await uow.resources.kept_due(NOON, 9) == []
        assert await uow.resources.kept_due(NOON + DAY, 9) == [kept]
        await uow.resources.prolong_kept(live.id, DAY)
        assert await uow.resources.kept_due(NOON + DAY, 9) == []
        assert await uow.resources.kept_due(NOON + 2 * DAY, 9) == [replace(kept, until=NOON + 2 * DAY)]
        on_hold = replace(live, withheld_since=NOON)
        await uow.subscriptions.save(on_hold)
        assert await uow.resources.kept_due(NOON + 2 * DAY, 9) == []
        await uow.subscriptions.save(live)
        assert await uow.resources.kept_by(live.id) == [talk]
        assert await uow.resources.kept_of_plan(ana.id, plan.id) == [talk]
        assert await uow.resources.kept_of_plan(ana.id, other.id) == []
        assert await uow.of(VIP_KEY).live_subscriptions(ana.id, "talk") == [live]
        assert not await uow.resources.delete_if_unused(talk.id)
        assert await uow.resources.holders(news, [plan.id]) == Holders(1, 0)
        assert await uow.resources.holders(news, [plan.id, other.id]) == Holders(1, 1)
        await uow.resources.drop_kept(talk.id, plan_id=other.id)
        assert await uow.resources.kept_by(live.id) == [talk]
        await uow.resources.drop_kept(talk.id, subscription_id=live.id)
        await uow.commit()
    async with units() as uow:
        assert await uow.of(VIP_KEY).live_subscriptions(ana.id, "talk") == []
        assert await uow.resources.delete_if_unused(talk.id)
        assert not await uow.resources.delete_if_unused(news.id)
        assert await uow.channels.by_chat_id(ChatId(-1002)) is None
        again, _ = await a_channel(uow, "talk", -1002)
        await uow.commit()
    assert again.id != talk.id


async def test_chat_to_which_a_customer_has_access_cannot_be_deleted(units: Units) -> None:
    ana = samples.customer()
    async with units() as uow:
        news, channel = await a_channel(uow, "news", -1001)
        await uow.customers.add_if_new(ana)
        await uow.accesses.save(Access.request(ana.id, channel.id, NOON))
        await uow.commit()
    async with units() as uow:
        assert not await uow.resources.delete_if_unused(news.id)


async def test_personal_channel_is_listed_for_its_own_plan_only(units: Units) -> None:
    ana, plan, other = samples.customer(), samples.plan(opens=(PERSONAL,)), samples.plan(opens=(PERSONAL,))
    bought = samples.given(ana, plan, NOON + DAY)
    async with units() as uow:
        await uow.customers.add_if_new(ana)
        for each in (plan, other):
            await uow.plans.save(each)
        await uow.subscriptions.save(bought)
        own = Channel.plan_personal(ana.id, plan.id, bought.id, "Ana", NOON)
        assert await uow.channels.add_if_new(own)
        await uow.commit()
    async with units() as uow:
        personal = await uow.resources.by_soft_id(PERSONAL)
        assert await uow.resources.list_concerning(ana.id, plan.id, ()) == [personal]
        assert await uow.resources.list_concerning(ana.id, other.id, ()) == []
        assert personal is not None
        assert await uow.resources.holders(personal, [plan.id]) == Holders(1, 1)


async def test_chat_seen_by_the_bot_is_stored_in_its_latest_form_and_listed_until_a_resource_uses_it(
    units: Units,
) -> None:
    lacking = ChannelLook(
        title="Charla",
        is_channel=False,
        is_admin=True,
        chat_type="supergroup",
        chat=ChatId(-1003),
        missing_rights=("invite", "remove"),
        members_invite=True,
        username="Charla_ES",
        linked_chat=ChatId(-1001),
        outsiders=("write", "join"),
    )
    fit = replace(lacking, missing_rights=(), members_invite=False)
    news = ChannelLook(title="News", is_channel=True, is_admin=True, chat_type="channel", chat=ChatId(-1001))
    left = replace(news, chat=ChatId(-1004), is_admin=False)
    async with units() as uow:
        await a_channel(uow, "news", -1001)
        for at, look in enumerate((lacking, news, left, replace(news, chat=ChatId(-1005)))):
            await uow.resources.see_chat(look, NOON + at * DAY)
        assert await uow.resources.seen_chat(ChatId(-1003)) == lacking
        await uow.resources.see_chat(fit, NOON + 9 * DAY)
        await uow.commit()
    async with units() as uow:
        assert await uow.resources.seen_chat("@charla_es") == fit
        assert await uow.resources.seen_chat(ChatId(-1009)) is await uow.resources.seen_chat("@nobody") is None
        assert [each.chat for each in await uow.resources.seen_chats(9)] == [-1003, -1005]
        assert [each.chat for each in await uow.resources.seen_chats(1)] == [-1003]
        # Unused chats are pruned; chats that plans open are kept.
        assert await uow.personal_data.prune(Record.SEEN_CHATS, NOON + 9 * DAY, 5 * DAY, 9) == 2
        seen = [await uow.resources.seen_chat(ChatId(each)) for each in (-1001, -1003, -1004, -1005)]
        assert [look is not None for look in seen] == [True, True, False, False]


async def test_forum_topic_of_a_plan_in_a_chat_can_be_claimed_by_only_one_process_at_a_time(units: Units) -> None:
    plan = samples.plan()
    async with units() as uow:
        _, channel = await a_channel(uow, "talk", -1002)
        await uow.plans.save(plan)
        topic = PlanTopic(channel_id=channel.id, plan_id=plan.id, asked_at=NOON)
        later = replace(topic, asked_at=NOON + DAY)
        assert await uow.resources.topic(channel.id, plan.id) is None
        claims = [await uow.resources.claim_topic(each, DAY) for each in (topic, topic, later, later)]
        assert claims == [True, False, True, False], "again only once whoever began is taken for dead"
        await uow.resources.save_topic(replace(later, thread=7))
        await uow.commit()
    async with units() as uow:
        assert not await uow.resources.claim_topic(replace(topic, asked_at=NOON + 9 * DAY), DAY)
        await uow.resources.drop_topic(replace(topic, thread=6))
        assert await uow.resources.topic(channel.id, plan.id) == replace(later, thread=7)
        await uow.resources.drop_topic(replace(topic, thread=7))
        assert await uow.resources.topic(channel.id, plan.id) is None


async def test_content_is_overwritten_and_deleted_with_its_resource(units: Units) -> None:
    guide = Resource.add("guide", CONTENT, "Guide", EntryPolicy.DIRECT, NOON)
    async with units() as uow:
        assert await uow.resources.add_if_new(guide)
        assert await uow.resources.content(guide.id) is None
        await uow.resources.save_content(Content.parse(guide.id, "document:BQACAgQAAxkBAAIB"))
        await uow.commit()
    async with units() as uow:
        await uow.resources.save_content(Content.parse(guide.id, "https://x.example"))
        await uow.commit()
    async with units() as uow:
        assert await uow.resources.content(guide.id) == Content.parse(guide.id, "https://x.example")
        assert await uow.resources.delete_if_unused(guide.id)
        await uow.commit()
