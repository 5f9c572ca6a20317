"""Check that known customers are looked up one by one in a shared chat without a member list, and that joins and exits
without an update are recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.access.customers_of_chat import PAGE
from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.look_inside import LookInside, LookInsideAll, LookInsideFor
from subscriptions.application.access.removal import Removal
from subscriptions.application.access.remove_person import RemovePerson
from subscriptions.application.dto import jobs
from subscriptions.domain.entities.access import Access, AccessEvent, AccessStatus
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.resource import GROUP, SHARED_CHANNEL, EntryPolicy, Resource
from subscriptions.domain.errors import Permanent
from subscriptions.domain.ids import AccessId, AccountId, ChannelId, ChatId, TelegramId
from tests.fakes import samples
from tests.fakes.chat_membership import MemoryChatMembership
from tests.fakes.invite_maker import channel_look
from tests.fakes.provisioner import MadeChannel, MemoryTelegram
from tests.fakes.samples import NOON
from tests.fakes.shop import memory_shop

HERE = ChatId(-1009)


class Chat:
    """Shop that sells one shared chat at Telegram, and the customers with access to the chat."""

    def __init__(self, kind: str = SHARED_CHANNEL) -> None:
        self.shop, self.kind = memory_shop(), kind
        self.telegram = MemoryTelegram(self.shop.clock)
        self.telegram.channels.append(
            MadeChannel(chat_id=HERE, owner=AccountId(1), title="News", about="", made_at=NOON)
        )
        self.chat_membership = MemoryChatMembership(self.telegram)
        self.granting = GrantAccess(self.shop.policy)
        self.plan = samples.plan(soft_id="plan-news", opens=("news",))
        desk = JoinDesk(self.shop.units, self.shop.clock)
        self.desk = desk
        self.look = LookInside(self.shop.units, self.chat_membership, desk, self.shop.clock)
        removal = Removal(self.shop.units, self.shop.clock, self.shop.policy)
        self.remove = RemovePerson(self.shop.units, self.chat_membership, removal)

    @property
    def members(self) -> set[TelegramId]:
        return self.telegram.channel(HERE).members

    async def begin(self) -> Channel:
        async with self.shop.units() as uow:
            news = Resource.add("news", self.kind, "News", EntryPolicy.REQUEST, NOON)
            assert await uow.resources.add_if_new(news)
            self.channel = Channel.for_resource(news, HERE, "News", NOON)
            assert await uow.channels.add_if_new(self.channel)
            await uow.plans.save(self.plan)
            await uow.commit()
        return self.channel

    async def sell(self, telegram_id: int) -> Customer:
        customer = samples.customer(telegram_id=telegram_id)
        bought = samples.given(customer, self.plan, self.shop.clock.now() + timedelta(days=30))
        async with self.shop.units() as uow:
            await uow.customers.add_if_new(customer)
            await uow.subscriptions.save(bought)
            await self.granting.grant(uow, bought, customer, self.plan, self.shop.clock.now())
            await uow.commit()
        return customer

    async def becomes(self, customer: Customer, change: Callable[[Access], object]) -> None:
        async with self.shop.units() as uow:
            access = await uow.accesses.find(customer.id, self.channel.id, lock=True)
            assert access is not None
            change(access)
            await uow.accesses.save(access)
            await uow.commit()

    async def status(self, customer: Customer) -> AccessStatus:
        async with self.shop.units() as uow:
            access = await uow.accesses.find(customer.id, self.channel.id)
        assert access is not None
        return access.status


async def test_membership_check_records_joins_and_exits_that_telegram_did_not_report():
    chat = Chat()
    channel = await chat.begin()
    came, left, stays = [await chat.sell(number) for number in (11, 12, 13)]
    before = chat.shop.clock.now() - timedelta(hours=1)
    for customer in (left, stays):
        await chat.becomes(customer, lambda access: access.join(before, is_shared=True))
    chat.members.update({came.telegram_id, stays.telegram_id})

    for _ in range(2):
        await chat.look(channel.id)

    assert [await chat.status(each) for each in (came, stays)] == [AccessStatus.ACTIVE] * 2
    assert await chat.status(left) is not AccessStatus.ACTIVE
    assert await chat.shop.jobs("userbot.assign") == []


async def test_missed_join_request_of_an_entitled_customer_is_approved_and_other_requests_wait():
    chat = Chat()
    channel = await chat.begin()
    entitled, quiet, over = [await chat.sell(number) for number in (11, 12, 13)]
    await chat.becomes(over, lambda access: (access.join(NOON, is_shared=True), access.end(is_shared=True)))
    chat.telegram.channel(HERE).waiting.update({entitled.telegram_id, over.telegram_id})

    await chat.look(channel.id)

    assert await chat.status(entitled) is AccessStatus.ACTIVE
    assert await chat.status(quiet) is not AccessStatus.ACTIVE
    assert chat.telegram.channel(HERE).waiting == {over.telegram_id}


async def test_status_request_of_a_customer_answers_only_their_own_join_request():
    chat = Chat()
    await chat.begin()
    asker, other = [await chat.sell(number) for number in (11, 12)]
    chat.telegram.channel(HERE).waiting.update({asker.telegram_id, other.telegram_id})

    await LookInsideFor(chat.shop.units)(asker.id)

    (job,) = await chat.shop.jobs(jobs.LookInside.name)
    wanted = jobs.LookInside.parse(job)
    assert wanted.customer_id is not None
    await chat.look.of_customer(wanted.channel_id, wanted.customer_id)
    assert await chat.status(asker) is AccessStatus.ACTIVE
    assert chat.telegram.channel(HERE).waiting == {other.telegram_id}
    await LookInsideFor(chat.shop.units)(asker.id)
    assert len(await chat.shop.jobs(jobs.LookInside.name)) == 1, "who is inside is not looked for"


async def test_revoked_member_is_removed_and_guests_are_not_removed():
    chat = Chat()
    channel = await chat.begin()
    over = await chat.sell(11)
    await chat.becomes(over, lambda access: (access.join(NOON, is_shared=True), access.end(is_shared=True)))
    before = len(await chat.shop.jobs("bot.remove_person"))
    chat.members.update({over.telegram_id, TelegramId(99)})

    await chat.look(channel.id)

    assert len(await chat.shop.jobs("bot.remove_person")) >= max(before, 1)
    assert ("look", TelegramId(99)) not in chat.chat_membership.calls, (
        "nobody knows them, so nobody is asked about them"
    )


@pytest.mark.parametrize("kind", [SHARED_CHANNEL, GROUP])
async def test_owner_and_administrators_are_not_removed_and_raise_an_alarm(kind: str) -> None:
    chat = Chat(kind)
    channel = await chat.begin()
    admin, plain = await chat.sell(11), await chat.sell(12)
    chat.telegram.channel(HERE).promoted.add(admin.telegram_id)
    chat.members.update({admin.telegram_id, plain.telegram_id})
    for customer in (admin, plain):
        await chat.becomes(customer, lambda access: (access.join(NOON, is_shared=True), access.end(is_shared=True)))
    for _ in range(2):
        await chat.look(channel.id)
        for job in await chat.shop.jobs("bot.remove_person"):
            await chat.remove(jobs.RemovePerson.parse(job).access_id)
    # An update about an anonymous administrator or a promotion reports an entry like any other.
    await chat.desk.record_entry(HERE, admin.telegram_id, is_trusted=True)

    assert chat.members == {admin.telegram_id}
    assert [await chat.status(each) for each in (admin, plain)] == [AccessStatus.REVOKED] * 2
    assert await chat.shop.alarms() == ["admin_stays"]


async def test_customer_who_joins_during_the_membership_check_keeps_active_access():
    chat = Chat()
    channel = await chat.begin()
    just = await chat.sell(11)
    await chat.becomes(just, lambda access: access.join(chat.shop.clock.now() + timedelta(seconds=1), is_shared=True))

    await chat.look(channel.id)

    assert await chat.status(just) is AccessStatus.ACTIVE


async def test_many_customers_are_checked_page_by_page():
    chat = Chat()
    channel = await chat.begin()
    for number in range(PAGE + 1):
        await chat.sell(1000 + number)

    await LookInsideAll(chat.shop.units)()
    (first,) = await chat.shop.jobs("bot.look_inside")
    assert (first["channel_id"], first["after"]) == (str(channel.id), None)
    await chat.look(channel.id)
    assert len({person for _, person in chat.chat_membership.calls}) == PAGE
    (following,) = [job for job in await chat.shop.jobs("bot.look_inside") if job["after"]]
    await chat.look(channel.id, AccessId(UUID(following["after"])))
    assert len({person for _, person in chat.chat_membership.calls}) == PAGE + 1


async def test_guests_who_join_are_recorded_individually_and_unknown_members_are_counted():
    chat = Chat()
    channel = await chat.begin()
    inside, former = await chat.sell(11), await chat.sell(12)
    await chat.becomes(inside, lambda access: access.join(NOON, is_shared=True))
    await chat.becomes(former, lambda access: (access.end(is_shared=True), access.apply(AccessEvent.REMOVED)))
    guest, gone, admin = TelegramId(97), TelegramId(98), TelegramId(99)
    chat.members.update({inside.telegram_id, former.telegram_id, guest, admin, TelegramId(101), TelegramId(102)})
    chat.telegram.channel(HERE).promoted.add(admin)
    for person in (guest, gone):
        await chat.desk.record_entry(HERE, person)
    await chat.desk.record_entry(HERE, admin, is_trusted=True)
    async with chat.shop.units() as uow:
        await uow.resources.see_chat(channel_look(HERE), NOON)
        await uow.commit()

    await chat.look(channel.id)

    async with chat.shop.units() as uow:
        assert set(await uow.resources.guests(channel.id)) == {guest, former.telegram_id}
        assert await uow.resources.named_inside(channel.id) == {guest, former.telegram_id, inside.telegram_id}
    assert chat.shop.memory.rows("chat_counts") == [(HERE, 2, chat.shop.clock.now())]
    await chat.desk.record_exit(HERE, guest)
    await chat.becomes(former, lambda access: access.grant(is_shared=True))
    await chat.desk.record_entry(HERE, former.telegram_id)
    async with chat.shop.units() as uow:
        assert await uow.resources.guests(channel.id) == [], "one went out, and the other has a plan"


async def test_bot_only_counts_the_members_of_a_chat_whose_members_an_account_lists():
    chat = Chat()
    channel = await chat.begin()
    await chat.sell(11)
    async with chat.shop.units() as uow:
        held = await uow.channels.get(channel.id, lock=True)
        assert held is not None
        held.account_id = AccountId(1)
        await uow.channels.save(held)
        await uow.resources.see_chat(channel_look(HERE), NOON)
        await uow.commit()
    chat.members.update({TelegramId(101), TelegramId(102)})
    await LookInsideAll(chat.shop.units)()
    (job,) = await chat.shop.jobs("bot.look_inside")
    await chat.look(ChannelId(UUID(job["channel_id"])))
    assert chat.chat_membership.calls == []
    assert chat.shop.memory.rows("chat_counts") == [(HERE, 2, chat.shop.clock.now())]


async def test_refusal_about_one_customer_does_not_end_the_membership_check():
    chat = Chat()
    channel = await chat.begin()
    customers = {customer.id: customer for customer in [await chat.sell(11), await chat.sell(12)]}
    async with chat.shop.units() as uow:
        first, _ = sorted(await uow.accesses.of_channel(channel.id), key=lambda access: access.id)
    refused = customers.pop(first.customer_id)
    [came] = customers.values()
    chat.members.add(came.telegram_id)

    def refuse(method: str, person: TelegramId) -> None:
        if person == refused.telegram_id:
            raise Permanent("INPUT_USER_DEACTIVATED")

    chat.chat_membership.refusal = refuse
    await chat.look(channel.id)
    assert await chat.status(came) is AccessStatus.ACTIVE
    assert await chat.status(refused) is AccessStatus.PENDING


async def test_refused_membership_check_ends_and_changes_nothing():
    chat = Chat()
    channel = await chat.begin()
    inside = await chat.sell(11)
    await chat.becomes(inside, lambda access: access.join(chat.shop.clock.now() - timedelta(hours=1), is_shared=True))

    def refuse(method: str, person: TelegramId) -> None:
        raise Permanent(f"{method}: chat not found")

    chat.chat_membership.refusal = refuse
    await chat.look(channel.id)

    assert await chat.status(inside) is AccessStatus.ACTIVE
