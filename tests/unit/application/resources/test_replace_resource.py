"""Check that entitled customers, and no others, are invited to the replacement of a chat and notified."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from subscriptions.application.access.customers_of_chat import PAGE
from subscriptions.application.access.empty_old_chat import EmptyOldChat
from subscriptions.application.access.open_plan import OpenPlan
from subscriptions.application.access.plan_chats import chats_with_access
from subscriptions.application.access.removal import Removal
from subscriptions.application.access.remove_person import RemovePerson
from subscriptions.application.dto import jobs
from subscriptions.application.messages.announcement import Sources
from subscriptions.application.messages.channel_messages import InviteReady
from subscriptions.application.resources.staff_resources import PERIOD_END
from subscriptions.application.staff.command import NothingToDo, Outcome
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import ChannelStatus, Invite
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.entities.resource import PERSONAL, VIP
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.errors import Permanent, RetryLater
from subscriptions.domain.ids import AccountId, ChatId, CustomerId, TelegramId, new_uuid
from subscriptions.domain.ports.invite_maker import ChannelLook
from subscriptions.domain.services.zones import end_of_day
from tests.fakes.chat_membership import MemoryChatMembership, no_refusal
from tests.fakes.provisioner import MadeChannel, MemoryTelegram
from tests.unit.application.resources.test_change_resources import IN, NEWS, OUT, TALK, Chats, chats

__all__ = ["chats"]

NEW = ChatId(-1002200000001)
TALK_CHAT, GUEST = ChatId(-1008), TelegramId(424242)


async def replace(
    chats: Chats, name: str = TALK, chat_type: str = "supergroup", missing: tuple[str, ...] = (), emptied_on: str = ""
) -> Outcome:
    await see(chats, chat_type, missing)
    return await chats.does("replace_resource", name, chat=str(NEW), emptied_on=emptied_on)


async def see(chats: Chats, chat_type: str = "supergroup", missing: tuple[str, ...] = ()) -> None:
    look = ChannelLook(
        title="Otra",
        is_channel=chat_type == "channel",
        is_admin=True,
        chat_type=chat_type,
        chat=NEW,
        missing_rights=missing,
    )
    async with chats.shop.units() as uow:
        await uow.resources.see_chat(look, chats.shop.clock.now())
        await uow.commit()


def talk_look() -> ChannelLook:
    """Return the old chat as the bot sees it."""
    return ChannelLook(title="Talk", is_channel=False, is_admin=True, chat_type="supergroup", chat=TALK_CHAT)


def emptying(chats: Chats, members: set[TelegramId]) -> tuple[EmptyOldChat, MadeChannel, MemoryChatMembership]:
    """Return the use case, the old chat at Telegram with its members, and the bot's actions there."""
    telegram = MemoryTelegram(chats.shop.clock)
    talk = MadeChannel(
        chat_id=TALK_CHAT, owner=AccountId(1), title="Talk", about="", made_at=chats.shop.clock.now(), members=members
    )
    telegram.channels.append(talk)
    chat_membership = MemoryChatMembership(telegram)
    removal = Removal(chats.shop.units, chats.shop.clock, chats.shop.policy)
    return (
        EmptyOldChat(chats.shop.units, RemovePerson(chats.shop.units, chat_membership, removal), chats.shop.clock),
        talk,
        chat_membership,
    )


async def test_entitled_customers_are_invited_to_the_replacement_and_the_old_chat_record_is_kept(chats: Chats) -> None:
    plan, other = await chats.plan(TALK, NEWS), await chats.plan(NEWS)
    ana, eva = await chats.buys(plan), await chats.buys(other)
    async with chats.shop.units() as uow:
        [(old, right), _] = await chats_with_access(uow, ana.id, plan)
        assert old is not None
        assert right is not None
        held = await uow.accesses.find(ana.id, old.id, lock=True)
        assert held is not None
        held.join(chats.shop.clock.now())
        await uow.accesses.save(held)
        await uow.commit()
    replaced = await replace(chats)
    assert (replaced.facts["count"], replaced.facts["title"]) == (1, "Otra")
    opening = OpenPlan(chats.shop.units, chats.shop.clock, chats.granting)
    for job in await chats.shop.jobs("core.open_plan"):
        await opening(jobs.OpenPlan.parse(job))
        await opening(jobs.OpenPlan.parse(job))
    now = chats.shop.clock.now()
    async with chats.shop.units() as uow:
        [(channel, access), _] = await chats_with_access(uow, ana.id, plan)
        assert channel is not None
        assert access is not None
        assert (channel.channel_id, channel.title, channel.replaces) == (NEW, "Otra", old.id)
        assert access.status is IN
        before = await uow.channels.get(old.id)
        gone = await uow.accesses.find(ana.id, old.id)
        assert before is not None
        assert gone is not None
        assert (before.status, gone.status) == (ChannelStatus.DELETED, AccessStatus.REVOKED)
        assert await uow.accesses.find(eva.id, channel.id) is None
        invite = Invite(
            id=new_uuid(),
            channel_id=channel.id,
            customer_id=ana.id,
            url="https://t.me/+new",
            creator="bot",
            created_at=now,
            expires_at=now + timedelta(hours=5),
        )
        await uow.channels.save_invite(invite)
        message = await InviteReady.load(Sources(uow=uow, policy=chats.shop.policy, now=now), invite.id)
        assert message is not None
        assert message.word == "moved"
    links = await chats.shop.jobs("bot.tend_vip_entry")
    assert links[-1]["channel_id"] == str(channel.id)
    with pytest.raises(InputsRefused, match="chat_known"):
        await replace(chats)


async def message_about_the_move(chats: Chats, customer: CustomerId, plan: ServicePlan) -> tuple[str, datetime | None]:
    """Return the variant of the message with the link to the new chat, and the time given in the message."""
    opening = OpenPlan(chats.shop.units, chats.shop.clock, chats.granting)
    for job in await chats.shop.jobs("core.open_plan"):
        await opening(jobs.OpenPlan.parse(job))
    now = chats.shop.clock.now()
    async with chats.shop.units() as uow:
        channel, _ = (await chats_with_access(uow, customer, plan))[0]
        assert channel is not None
        invite = Invite(
            id=new_uuid(),
            channel_id=channel.id,
            customer_id=customer,
            url="https://t.me/+until",
            creator="bot",
            created_at=now,
            expires_at=now + timedelta(hours=5),
        )
        await uow.channels.save_invite(invite)
        message = await InviteReady.load(Sources(uow=uow, policy=chats.shop.policy, now=now), invite.id)
        await uow.commit()
    assert message is not None
    return message.word, message.stays


async def test_customers_who_keep_a_chat_until_their_period_end_are_invited_to_its_replacement(chats: Chats) -> None:
    plan = await chats.plan(TALK, NEWS)
    ana = await chats.buys(plan)
    await chats.does("detach_resource", TALK, opener=plan.soft_id, ends=PERIOD_END)
    await replace(chats)
    opening = OpenPlan(chats.shop.units, chats.shop.clock, chats.granting)
    for job in await chats.shop.jobs("core.open_plan"):
        await opening(jobs.OpenPlan.parse(job))
    assert await chats.rights(ana, plan) == [IN, IN]
    chats.shop.clock.advance(timedelta(days=30))
    await chats.narrowing.end_kept()
    assert await chats.rights(ana, plan) == [OUT, IN]


@pytest.mark.parametrize(
    ("name", "chat_type", "missing", "says"),
    [
        ("nothing", "supergroup", (), "nothing"),
        (PERSONAL, "channel", (), "made for each customer"),
        (VIP, "channel", (), "is the VIP channel"),
        (TALK, "channel", (), "chat_kind"),
        (TALK, "supergroup", ("remove",), "chat_lacks_remove"),
        (TALK, "private", (), "chat_private"),
    ],
)
async def test_unsuitable_replacement_is_refused(
    chats: Chats, name: str, chat_type: str, missing: tuple[str, ...], says: str
) -> None:
    with pytest.raises((InputsRefused, NothingToDo), match=says):
        await replace(chats, name, chat_type, missing)
    assert not await chats.shop.jobs("core.open_plan")


async def test_old_chat_is_emptied_at_the_end_of_the_day_set_by_the_operator(chats: Chats) -> None:
    plan = await chats.plan(TALK)
    people = [await chats.buys(plan) for _ in range(4)]
    ana, boss, admin, away = (each.telegram_id for each in people)
    async with chats.shop.units() as uow:
        old = (await chats_with_access(uow, people[0].id, plan))[0][0]
        people[1].staff_role = StaffRole.OWNER
        await uow.customers.save(people[1])
        await uow.commit()
    assert old is not None
    end = end_of_day(date(2026, 12, 31), chats.shop.policy.zones.home)
    await see(chats)
    shown = await chats.shows("replace_resource", TALK, chat=str(NEW), emptied_on="31/12/2026")
    assert shown is not None
    assert (shown.name, shown.facts["day"]) == ("invites_emptied", end)
    replaced = await replace(chats, emptied_on="31/12/2026")
    assert (replaced.name, replaced.facts["day"]) == ("replaced_emptied", end)
    [job] = chats.shop.memory.jobs_named("bot.empty_old_chat")
    assert job.payload["channel_id"] == str(old.id)
    assert job.not_before == end

    later = end_of_day(date(2027, 1, 31), chats.shop.policy.zones.home)
    changed = await chats.does("replace_resource", TALK, chat=str(NEW), emptied_on="31/01/2027")
    assert (changed.name, changed.facts["day"]) == ("emptied", later)
    assert [each.not_before for each in chats.shop.memory.jobs_named("bot.empty_old_chat")] == [end, later]
    assert await message_about_the_move(chats, people[0].id, plan) == ("moved_until", later)

    never = await chats.does("replace_resource", TALK, chat=str(NEW), emptied_on="")
    assert (never.name, "day" in never.facts, never.facts["count"]) == ("emptied_never", False, 1)
    notified = [each for each in chats.shop.memory.jobs_named("bot.announce") if each.payload["kind"] == "invite_ready"]
    assert [each.payload["customer_id"] for each in notified] == [str(people[0].id)], (
        "whose link still waits hears of it"
    )
    assert await message_about_the_move(chats, people[2].id, plan) == ("moved", None)
    with pytest.raises(InputsRefused):
        await chats.does("replace_resource", TALK, chat=str(NEW), emptied_on="")
    await chats.does("replace_resource", TALK, chat=str(NEW), emptied_on="31/01/2027")

    empty, talk, _ = emptying(chats, {ana, boss, admin, GUEST})
    talk.promoted.add(admin)
    chats.shop.clock.advance(end - chats.shop.clock.now())
    await empty(old.id)
    assert ana in talk.members, "the day was changed"
    chats.shop.clock.advance(later - end)
    for _ in range(2):
        await empty(old.id)
    assert talk.members == {boss, admin, GUEST}, "staff, the chat's administrators and strangers stay"
    assert not talk.banned
    assert away not in talk.members


async def test_removal_refused_by_telegram_is_dropped_and_the_other_members_are_removed(chats: Chats) -> None:
    plan = await chats.plan(TALK)
    people = [(await chats.buys(plan)).telegram_id for _ in range(3)]
    async with chats.shop.units() as uow:
        customer = await uow.customers.by_telegram_id(people[0])
        assert customer is not None
        old = (await chats_with_access(uow, customer.id, plan))[0][0]
    assert old is not None
    await replace(chats)
    empty, talk, chat_membership = emptying(chats, set(people))

    def refuse(method: str, person: TelegramId) -> None:
        if method == "ban" and person == people[0]:
            raise Permanent("USER_ID_INVALID")

    chat_membership.refusal = refuse
    await empty(old.id)
    assert talk.members == {people[0]}
    async with chats.shop.units() as uow:
        assert not await uow.resources.is_ban_ours(old.id, people[0]), "a later ban is an administrator's"


async def test_interrupted_removal_from_an_old_chat_is_completed(chats: Chats) -> None:
    plan = await chats.plan(TALK)
    ana = await chats.buys(plan)
    async with chats.shop.units() as uow:
        old = (await chats_with_access(uow, ana.id, plan))[0][0]
    assert old is not None
    await replace(chats)
    empty, talk, chat_membership = emptying(chats, {ana.telegram_id})

    def refuse(method: str, person: TelegramId) -> None:
        if method == "unban":
            raise RetryLater("flood")

    chat_membership.refusal = refuse
    with pytest.raises(RetryLater):
        await empty(old.id)
    assert talk.banned == {ana.telegram_id}
    chat_membership.refusal = no_refusal
    await empty(old.id)
    assert (talk.members, talk.banned) == (set(), set())


async def test_more_members_than_one_page_are_removed_from_an_old_chat_by_several_jobs(chats: Chats) -> None:
    plan = await chats.plan(TALK)
    people = [await chats.buys(plan) for _ in range(PAGE + 1)]
    async with chats.shop.units() as uow:
        old = (await chats_with_access(uow, people[0].id, plan))[0][0]
    assert old is not None
    await replace(chats)
    empty, talk, _ = emptying(chats, {each.telegram_id for each in people})
    await empty(old.id)
    assert len(talk.members) == 1
    [job] = await chats.shop.jobs("bot.empty_old_chat")
    following = jobs.EmptyOldChat.parse(job)
    await empty(following.channel_id, following.after)
    assert talk.members == set()
    assert await chats.shop.jobs("bot.empty_old_chat") == [job], "the second page is the last"


async def test_no_member_is_removed_from_a_chat_that_was_not_replaced(chats: Chats) -> None:
    plan = await chats.plan(TALK)
    ana = await chats.buys(plan)
    async with chats.shop.units() as uow:
        channel = (await chats_with_access(uow, ana.id, plan))[0][0]
    assert channel is not None
    empty, _, chat_membership = emptying(chats, {ana.telegram_id})
    await empty(channel.id)
    assert chat_membership.calls == []


async def test_replacement_without_a_removal_day_removes_no_member(chats: Chats) -> None:
    await chats.buys(await chats.plan(TALK))
    assert (await replace(chats)).name == "replaced"
    assert not await chats.shop.jobs("bot.empty_old_chat")


@pytest.mark.parametrize(("emptied_on", "says"), [("1/1/2020", "day_past"), ("pronto", "day")])
async def test_invalid_removal_day_is_refused_and_replaces_nothing(chats: Chats, emptied_on: str, says: str) -> None:
    await chats.buys(await chats.plan(TALK))
    with pytest.raises(InputsRefused, match=says):
        await replace(chats, emptied_on=emptied_on)
    assert not await chats.shop.jobs("core.open_plan")


async def test_chat_already_added_to_the_shop_can_be_a_replacement(chats: Chats) -> None:
    plan = await chats.plan(TALK, NEWS)
    ana = await chats.buys(plan)
    await see(chats)
    await chats.does("add_resource", "shop", chat=str(NEW))
    assert (await chats.resource("otra")).title == "Otra"
    replaced = await replace(chats)
    assert (replaced.name, replaced.facts["count"]) == ("replaced", 1)
    async with chats.shop.units() as uow:
        assert await uow.resources.by_soft_id("otra") is None, "one chat, one entry"
        [(channel, access), _] = await chats_with_access(uow, ana.id, plan)
        assert channel is not None
        assert access is not None
        assert (channel.channel_id, channel.title, access.status) == (NEW, "Otra", IN)


async def test_replaced_chat_can_be_the_replacement_of_its_replacement(chats: Chats) -> None:
    plan = await chats.plan(TALK)
    ana = await chats.buys(plan)
    await replace(chats, emptied_on="31/12/2026")
    async with chats.shop.units() as uow:
        await uow.resources.see_chat(talk_look(), chats.shop.clock.now())
        await uow.commit()
    back = await chats.does("replace_resource", TALK, chat=str(TALK_CHAT), emptied_on="")
    assert (back.name, back.facts["count"]) == ("replaced", 1)
    async with chats.shop.units() as uow:
        [(channel, access)] = await chats_with_access(uow, ana.id, plan)
    assert channel is not None
    assert access is not None
    assert (channel.channel_id, access.status) == (TALK_CHAT, IN)
    empty, talk, _ = emptying(chats, {ana.telegram_id})
    chats.shop.clock.advance(timedelta(days=60))
    for job in await chats.shop.jobs("bot.empty_old_chat"):
        await empty(jobs.EmptyOldChat.parse(job).channel_id)
    assert talk.members == {ana.telegram_id}, "the chat is in use again"


async def test_replaced_chat_can_be_added_as_a_resource_of_its_own(chats: Chats) -> None:
    await chats.buys(await chats.plan(TALK))
    await replace(chats)
    async with chats.shop.units() as uow:
        await uow.resources.see_chat(talk_look(), chats.shop.clock.now())
        await uow.commit()
    assert (await chats.does("add_resource", "shop", chat=str(TALK_CHAT))).facts["resource"] == "talk-2"


async def test_chat_of_another_plan_cannot_be_a_replacement(chats: Chats) -> None:
    await chats.plan(TALK)
    await see(chats)
    await chats.does("add_resource", "shop", chat=str(NEW))
    await chats.plan("otra")
    with pytest.raises(InputsRefused, match="chat_known"):
        await replace(chats)
    assert (await chats.resource("otra")).title == "Otra"
