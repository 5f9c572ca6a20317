"""The VIP channel: its setup, its join requests, and the account that lists them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.join_requests.scan_join_requests import ScanJoinRequests
from subscriptions.application.posts.deliver_post import FanOutPost
from subscriptions.application.staff.run_command import InputsRefused
from subscriptions.application.vip.assign_vip_account import EVERY, AssignVipAccount
from subscriptions.domain.entities.access import AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.errors import Ambiguous, Permanent, RetryLater
from subscriptions.domain.ids import AccountId, ChatId, TelegramId
from subscriptions.domain.ports.channel_provisioner import PeerGone
from subscriptions.domain.ports.chat_membership import Presence
from subscriptions.domain.ports.invite_maker import ChannelLook
from subscriptions.domain.ports.repositories.posts import POSTS_KEY
from subscriptions.domain.ports.repositories.vip import VIP_KEY
from tests.fakes import samples
from tests.fakes.invite_maker import channel_look
from tests.fakes.provisioner import no_trouble
from tests.fakes.shop import POLICY
from tests.support.vip import VIP_CHAT, VipShop, needs_steps, single_use

OTHER = ChatId(-1003000000002)


@pytest.fixture
async def vip() -> VipShop:
    return await VipShop.open()


async def kept(vip: VipShop) -> Channel | None:
    async with vip.shop.units() as uow:
        return await uow.of(VIP_KEY).channel()


@pytest.mark.parametrize(
    ("look", "why"),
    [
        (None, "chat_unseen"),
        (
            ChannelLook(title="Grupo", is_channel=False, is_admin=True, chat_type="supergroup", chat=VIP_CHAT),
            "chat_kind",
        ),
        (channel_look(VIP_CHAT, is_admin=False), "chat_not_admin"),
        (channel_look(VIP_CHAT, missing=("invite",)), "chat_lacks_invite"),
    ],
)
async def test_unsuitable_channel_is_refused_with_a_reason(look: ChannelLook | None, why: str):
    vip = await VipShop.open(channel=False)
    vip.maker.looks.clear()
    if look is not None:
        vip.maker.looks[VIP_CHAT] = look
    assert await refused(vip, VIP_CHAT) == why
    assert await kept(vip) is None


async def refused(vip: VipShop, chat: ChatId) -> str:
    """Return the reason why the chat cannot be the VIP channel."""
    with pytest.raises(InputsRefused) as why:
        await vip.set_up(chat)
    return why.value.errors["chat"].key


async def test_repeated_setup_of_the_same_channel_updates_only_its_title(vip: VipShop):
    before = await kept(vip)
    vip.maker.looks[VIP_CHAT] = channel_look(VIP_CHAT, "Oro")
    assert (await vip.set_up(VIP_CHAT)).name == "unchanged"
    after = await kept(vip)
    assert before is not None
    assert after == replace(before, title="Oro")


async def test_replacement_channel_gives_every_member_a_new_invitation(vip: VipShop):
    person = await vip.inside()
    vip.maker.looks[OTHER] = channel_look(OTHER, "Nuevo")
    assert (await vip.set_up(OTHER)).name == "set_up"
    channel = await kept(vip)
    assert channel is not None
    assert channel.channel_id == OTHER
    assert (await vip.access_of(person)).status is AccessStatus.PENDING
    assert await vip.live_links(person) == []
    line = [line for line in vip.shop.memory.rows("audit_log") if line.action == "channel.set_up"][-1]
    assert (line.actor, line.subject) == (str(vip.owner.telegram_id), str(channel.id))
    assert dict(line.facts) == {"chat": str(OTHER), "title": "Nuevo"}


async def test_banned_member_stays_out_of_a_replacement_channel_while_suspended_by_staff(vip: VipShop):
    person = await vip.inside()
    await vip.desk.record_presence(VIP_CHAT, person.telegram_id, Presence.BANNED)
    async with vip.shop.units() as uow:
        (subscription,) = await uow.subscriptions.of_customer(person.id)
    await vip.staff(vip.owner.telegram_id, "suspend", subscription.id, reason="insults")
    vip.maker.looks[OTHER] = channel_look(OTHER, "Nuevo")
    await vip.set_up(OTHER)
    assert (await vip.access_of(person)).status is AccessStatus.SUSPENDED
    assert not (await vip.desk.decide(OTHER, person.telegram_id)).admit


async def test_personal_channel_cannot_become_the_vip_channel(vip: VipShop):
    person, plan = await vip.shop.customer(), await vip.shop.plan()
    async with vip.shop.units() as uow:
        order = samples.order(person, plan)
        await uow.orders.add_if_new(order)
        subscription = samples.subscription(order)
        await uow.subscriptions.save(subscription)
        await uow.channels.add_if_new(samples.ready_channel(subscription, channel_id=OTHER))
        await uow.commit()
    vip.maker.looks[OTHER] = channel_look(OTHER, "Suyo")
    assert await refused(vip, OTHER) == "chat_known"


async def test_vip_channel_in_the_settings_is_set_up_once_and_does_not_undo_a_later_choice(vip: VipShop):
    vip.maker.looks[OTHER] = channel_look(OTHER, "Panel")
    await vip.follow_setting(VIP_CHAT)
    await vip.set_up(OTHER)
    await vip.follow_setting(VIP_CHAT)
    channel = await kept(vip)
    assert channel is not None
    assert channel.channel_id == OTHER


async def test_channel_in_the_settings_is_accepted_while_telegram_is_unavailable():
    vip = await VipShop.open(channel=False)
    vip.maker.errors.append(RetryLater("away"))
    await vip.follow_setting(VIP_CHAT)
    channel = await kept(vip)
    assert channel is not None
    assert (channel.channel_id, channel.title) == (VIP_CHAT, "VIP")


async def test_strangers_are_declined_and_unknown_members_are_not_removed(vip: VipShop):
    person, stranger, member = await vip.vip(), await vip.shop.customer(), TelegramId(5)
    url = await vip.through(person)
    assert not await vip.ask(stranger, url)
    vip.channel.members.add(member)
    await vip.desk.record_entry(VIP_CHAT, member)
    await vip.work()
    assert member in vip.channel.members
    assert vip.channel.banned == set()
    assert await vip.ask(person, url)


@needs_steps
@pytest.mark.parametrize("pressed", [0, 1])
async def test_customer_who_did_not_complete_the_entry_steps_is_declined(vip: VipShop, pressed: int):
    early, other = await vip.vip(), await vip.vip(await vip.plan("Otro"))
    if pressed:
        await vip.entry.advance_stage(early.telegram_id, 1)
    url = await vip.through(other)
    assert not await vip.ask(early, url)
    assert await vip.entry.get_current_stage(early.telegram_id) == 1 + pressed


async def test_single_use_link_used_by_a_stranger_is_replaced():
    vip = await VipShop.open(policy=single_use(POLICY))
    payer, stranger = await vip.vip(), TelegramId(66)
    url = await vip.through(payer)
    vip.channel.members.add(stranger)
    await vip.maker.revoke(VIP_CHAT, url)
    await vip.desk.record_entry(VIP_CHAT, stranger, via=url)
    await vip.work()
    assert stranger not in vip.channel.members
    assert "stranger_in_channel" in await vip.shop.alarms()
    [fresh] = await vip.live_links(payer)
    assert fresh.url != url
    assert await vip.ask(payer, fresh.url)


@needs_steps
async def test_customer_already_in_the_channel_completes_the_entry_steps_without_a_link(vip: VipShop):
    person = await vip.vip()
    vip.channel.members.add(person.telegram_id)
    await vip.entry.advance_stage(person.telegram_id, 1)
    await vip.entry.advance_stage(person.telegram_id, 2)
    assert await vip.entry.create_24h_invite_link(person.telegram_id) is None
    assert await vip.entry.get_current_stage(person.telegram_id) is None
    assert (await vip.access_of(person)).status is AccessStatus.ACTIVE


@needs_steps
async def test_customer_who_left_the_channel_unnoticed_gets_another_link(vip: VipShop):
    person = await vip.inside()
    assert await vip.entry.create_24h_invite_link(person.telegram_id) is None
    vip.channel.members.discard(person.telegram_id)
    link = await vip.entry.create_24h_invite_link(person.telegram_id)
    assert link is not None
    assert await vip.ask(person, link.invite_link)
    assert await vip.entry.get_current_stage(person.telegram_id) is None


@needs_steps
async def test_customer_banned_before_the_purchase_gets_no_link(vip: VipShop):
    person = await vip.vip()
    vip.channel.banned.add(person.telegram_id)
    await vip.entry.advance_stage(person.telegram_id, 1)
    await vip.entry.advance_stage(person.telegram_id, 2)
    assert await vip.entry.create_24h_invite_link(person.telegram_id) is None
    assert await vip.live_links(person) == []
    assert person.telegram_id in vip.channel.banned
    assert (await vip.access_of(person)).status is AccessStatus.BANNED
    assert await vip.shop.alarms() == ["payer_banned"]


@needs_steps
async def test_missing_rights_raise_an_alarm_and_the_link_is_retried(vip: VipShop):
    person = await vip.vip()
    await vip.entry.advance_stage(person.telegram_id, 1)
    await vip.entry.advance_stage(person.telegram_id, 2)
    vip.maker.errors += [Permanent("not enough rights to manage chat invite link")] * 2
    assert await vip.entry.create_24h_invite_link(person.telegram_id) is None
    await vip.work()
    assert await vip.shop.alarms() == ["vip_link_refused"]
    told = [each for each in await vip.shop.jobs("bot.announce") if each["kind"] == "action_required"]
    assert [each["customer_id"] for each in told] == [str(person.id)], "who paid reads that the link follows"
    assert await vip.shop.jobs("bot.check_chat")
    assert await vip.live_links(person) == []
    await vip.pass_time(timedelta(minutes=31))
    assert len(await vip.live_links(person)) == 1


async def listing(vip: VipShop) -> tuple[AccountId, AssignVipAccount, ScanJoinRequests]:
    """Add an account to the pool. Return its id and the two use cases by which it lists the channel's join requests."""
    units, clock = vip.shop.units, vip.shop.clock
    account = samples.account()
    async with units() as uow:
        assert await uow.accounts.add_if_new(account)
        await uow.commit()
    care = AccountCare(units, vip.telegram, clock)
    return (
        account.id,
        AssignVipAccount(units, care, clock),
        ScanJoinRequests(units, care, vip.desk, clock, vip.shop.policy),
    )


@needs_steps
async def test_account_promoted_to_admin_admits_customers_and_declines_strangers(vip: VipShop):
    account, watch, scan = await listing(vip)
    assert not await watch(account)
    vip.channel.listers.add(account)
    assert not await watch(account)
    vip.shop.clock.advance(EVERY)
    assert await watch(account)
    person, stranger = await vip.vip(), TelegramId(9)
    await vip.through(person)
    vip.channel.waiting |= {person.telegram_id, stranger}
    assert await scan(account) == 2
    assert vip.channel.members == {person.telegram_id}
    assert vip.channel.waiting == set()
    assert await vip.entry.get_current_stage(person.telegram_id) is None


@needs_steps
async def test_customer_admitted_despite_a_lost_answer_is_found_by_the_next_scan(vip: VipShop):
    """The shared channel has no member audit, and Telegram's update about the member may be lost as well."""
    account, watch, scan = await listing(vip)
    vip.channel.listers.add(account)
    assert await watch(account)
    person = await vip.vip()
    await vip.through(person)
    vip.channel.waiting.add(person.telegram_id)

    def cut(number: AccountId, method: str, moment: str) -> None:
        if (method, moment) == ("HideChatJoinRequest", "after"):
            raise Ambiguous("the connection was cut")

    vip.telegram.trouble = cut
    with pytest.raises(Ambiguous):
        await scan(account)
    assert person.telegram_id in vip.channel.members
    vip.telegram.trouble = no_trouble
    await scan(account)
    assert await vip.entry.get_current_stage(person.telegram_id) is None


async def test_unanswerable_join_request_does_not_block_other_join_requests(vip: VipShop):
    account, watch, scan = await listing(vip)
    vip.channel.listers.add(account)
    assert await watch(account)
    person, other = await vip.vip(), await vip.vip()
    await vip.through(person)
    await vip.through(other)
    vip.channel.waiting.add(person.telegram_id)

    def gone(number: AccountId, method: str, moment: str) -> None:
        if (method, moment) == ("HideChatJoinRequest", "after"):
            raise Ambiguous("the connection was cut")
        if method == "GetParticipant":
            raise Permanent("USER_ID_INVALID")

    vip.telegram.trouble = gone
    with pytest.raises(Ambiguous):
        await scan(account)
    vip.channel.waiting.add(other.telegram_id)
    assert await scan(account) == 0
    with pytest.raises(Ambiguous):
        await scan(account)
    assert other.telegram_id in vip.channel.members


async def test_account_that_lost_its_admin_rights_is_unassigned(vip: VipShop):
    account, watch, scan = await listing(vip)
    vip.channel.listers.add(account)
    assert await watch(account)
    await vip.through(await vip.vip())

    def gone(number: AccountId, method: str, moment: str) -> None:
        raise PeerGone("CHANNEL_PRIVATE")

    vip.telegram.trouble = gone
    assert await scan(account) == 0
    channel = await kept(vip)
    assert channel is not None
    assert channel.account_id is None


async def test_post_for_a_vip_plan_is_sent_once_for_all_members(vip: VipShop):
    plan = await vip.plan()
    for _ in range(3):
        await vip.inside(plan)
    pick = samples.pick(plan)
    async with vip.shop.units() as uow:
        await uow.of(POSTS_KEY).add_if_new(pick)
        await uow.commit()
    await FanOutPost(vip.shop.units, vip.shop.clock)(pick.id, is_new=True)
    async with vip.shop.units() as uow:
        [delivery] = await uow.of(POSTS_KEY).deliveries(pick.id)
    assert delivery.chat_id == VIP_CHAT
