"""Check that a post withdrawn after the 48 hours in which a bot may delete it is deleted by the account that owns the
channel, or by staff.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.alarms.alarms import new_alarm
from subscriptions.application.channels.remove_post import RemovePost
from subscriptions.application.posts.post_left import PostLeft, is_deleted
from subscriptions.domain.entities.post import PostContent, PostDelivery
from subscriptions.domain.entities.userbot_account import AccountStatus
from subscriptions.domain.ids import AccountId, DeliveryId, bot_api_chat_id
from tests.fakes import samples
from tests.fakes.newsroom import Newsroom
from tests.fakes.provisioner import MadeChannel, MemoryTelegram
from tests.fakes.shop import Shop
from tests.support.refusals import refusal

LINK = "https://t.me/c/2000000001/1"


class OldPost:
    """Post in one channel, withdrawn three days later. owned: account that owns the channel."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.news = shop, Newsroom(shop)
        self.telegram = MemoryTelegram(shop.clock)

    async def withdraw(self, *, owned: bool = True, status: AccountStatus = AccountStatus.ACTIVE) -> None:
        plan = await self.shop.plan()
        self.chat = await self.news.channel(plan)
        account = samples.account(status=status)
        async with self.shop.units() as uow:
            channel = await uow.channels.by_chat_id(self.chat)
            assert channel is not None
            self.chat = channel.channel_id = bot_api_chat_id(2000000001)
            await uow.accounts.add_if_new(account)
            if owned:
                channel.account_id = account.id
                channel.access_hash = self.telegram.access_hash(account.id, self.chat)
            await uow.channels.save(channel)
            await uow.commit()
        self.channel, self.account = channel, account.id
        self.made = MadeChannel(self.chat, account.id, channel.title, "", self.shop.clock.now())
        self.telegram.channels.append(self.made)
        self.pick = await self.news.accept("k", plan.soft_id, PostContent(text="Over 2.5\nhoy"))
        await self.news.work()
        self.made.posts[1] = "Over 2.5"
        self.shop.clock.advance(timedelta(days=3))
        self.news.sender.old = {1}
        await self.news.accept.withdraw("k")
        await self.news.work()

    async def work_account(self) -> None:
        remove = RemovePost(self.shop.units, AccountCare(self.shop.units, self.telegram, self.shop.clock))
        for job in await self.news.next_jobs(f"userbot.acc.{self.account}"):
            await remove(self.account, DeliveryId(UUID(str(job["delete_post"]))))
        for job in await self.news.next_jobs("bot.deliver_pick"):
            await self.news.deliver(
                DeliveryId(UUID(str(job["delivery_id"]))), is_deleted=bool(job["deleted"]), refusal=job["refusal"]
            )

    async def delivery(self) -> PostDelivery:
        [delivery] = await self.news.deliveries(self.pick.id)
        return delivery

    async def alarms(self) -> list[dict[str, str]]:
        return [job["facts"] for job in await self.shop.jobs("bot.alarm") if job["kind"] == PostLeft.name]


@pytest.fixture
def old(shop: Shop) -> OldPost:
    return OldPost(shop)


async def test_owning_account_deletes_an_old_post(old: OldPost) -> None:
    await old.withdraw()
    waiting = await old.delivery()
    assert (waiting.revision, waiting.failed) == (1, None)
    await old.work_account()
    after = await old.delivery()
    assert (after.revision, after.failed, old.made.posts) == (2, None, {})
    assert await old.alarms() == []


@pytest.mark.parametrize("owned", [False, True])
async def test_old_post_without_a_usable_account_alerts_the_owners(old: OldPost, owned: bool) -> None:
    await old.withdraw(owned=owned, status=AccountStatus.DEAD)
    [alarm] = await old.alarms()
    assert (alarm["post"], alarm["text"], alarm["channel"]) == (LINK, "Over 2.5 hoy", old.channel.title)
    left = await old.delivery()
    assert (left.revision, left.failed) == (1, "message can't be deleted")
    assert await old.news.next_jobs(f"userbot.acc.{old.account}") == []


async def test_old_post_that_telegram_refuses_to_delete_is_left_to_staff(old: OldPost) -> None:
    def refuse(account: AccountId, method: str, moment: str) -> None:
        if method == "DeleteMessages":
            raise refusal("DeleteMessages", "MESSAGE_DELETE_FORBIDDEN")

    old.telegram.trouble = refuse
    await old.withdraw()
    await old.work_account()
    [alarm] = await old.alarms()
    assert (alarm["post"], alarm["reason"]) == (LINK, "DeleteMessages: 403 MESSAGE_DELETE_FORBIDDEN")
    left = await old.delivery()
    assert left.failed == alarm["reason"]
    # The post was deleted by hand meanwhile, so another attempt finds it gone.
    old.news.sender.shown.clear()
    await old.news.deliver(left.id)
    assert (await old.delivery()).failed is None
    raised = new_alarm(f"post_left:{left.id}", PostLeft.name, alarm, old.shop.clock.now())
    async with old.shop.units() as uow:
        assert await is_deleted(uow, raised, old.shop.clock.now())
