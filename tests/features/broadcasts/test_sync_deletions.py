"""Posts deleted in a mirrored channel are deleted in the channels of its plan, as long as an account is a member of the
source.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest

from features.broadcasts.alarms import DeletionsHeld, DeletionsUnseen, MirrorLost
from features.broadcasts.ports import BROADCASTS_KEY
from features.broadcasts.use_cases.mirror_post import MirrorPost
from features.broadcasts.use_cases.sources import UNSEEN_FOR
from features.broadcasts.use_cases.sync_deletions import (
    EVERY,
    FOLLOWED_FOR,
    MOST_AT_ONCE,
    SOUGHT_EVERY,
    SyncDeletions,
)
from features.broadcasts.use_cases.watch_sources import WatchSources
from subscriptions.application.accounts.account_care import AccountCare
from subscriptions.application.staff.actor import SHELL
from subscriptions.domain.entities.post import PostContent, PostSource
from subscriptions.domain.ids import AccountId, ChatId, TelegramId
from tests.fakes import samples
from tests.fakes.provisioner import MadeChannel, MemoryTelegram
from tests.features.broadcasts.conftest import HELLO, SOURCE, Studio
from tests.features.broadcasts.test_mirror_post import work_due
from tests.support.refusals import refusal


class Mirrored:
    """Source channel whose posts are mirrored to the channel of a plan, and userbot accounts."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.clock = studio, studio.shop.clock
        self.telegram = MemoryTelegram(self.clock)
        self.source = MadeChannel(SOURCE, AccountId(0), "Mis picks", "", self.clock.now())
        self.telegram.channels.append(self.source)
        self.care = AccountCare(studio.shop.units, self.telegram, self.clock)
        self.watch = WatchSources(studio.shop.units, self.clock)
        self.follow = self.restarted()

    def restarted(self) -> SyncDeletions:
        """Return a new instance without memory, as after a restart."""
        return SyncDeletions(self.studio.shop.units, self.care, self.clock)

    async def open(self, *, inside: bool = True) -> AccountId:
        """Mirror the source to a plan with one channel, and add a userbot account. inside: True if the account is a
        member of the source.
        """
        self.plan = await self.studio.shop.plan()
        self.chat = await self.studio.news.channel(self.plan)
        await self.mirror(SOURCE)
        return await self.account(inside=inside)

    async def mirror(self, *chats: ChatId) -> None:
        """Configure the mirrors, as the settings do at the bot's next start."""
        mirrors = {chat: frozenset({self.plan.soft_id}) for chat in chats}
        self.mirrors = MirrorPost(self.studio.shop.units, self.clock, mirrors)
        await self.mirrors.keep_sources({SOURCE: "Mis picks"})

    async def account(self, *, inside: bool = True) -> AccountId:
        account = samples.account()
        async with self.studio.shop.units() as uow:
            await uow.accounts.add_if_new(account)
            await uow.commit()
        if inside:
            self.source.members.add(TelegramId(1_000_000 + account.id))
        return account.id

    async def post(self, *numbers: int, album: str | None = None) -> None:
        for number in numbers:
            content = PostContent(text="", source=PostSource(SOURCE, (number,))) if album else HELLO
            self.source.posts[number] = "pick"
            await self.mirrors.mirror(SOURCE, number, album, content)
        self.clock.advance(timedelta(seconds=5))
        await work_due(self.studio)

    def delete(self, *numbers: int) -> None:
        for number in numbers:
            del self.source.posts[number]

    async def look(self, account: AccountId, times: int = 2) -> int:
        """Check the source `times` times and return the number of copies that remain."""
        for _ in range(times):
            await self.follow(account)
            self.clock.advance(EVERY)
        await work_due(self.studio)
        return self.standing

    def seem_empty(self, account: AccountId, method: str, moment: str) -> None:
        """Simulate an account that is not a member: Telegram shows all posts as deleted, and only `GetChannels` reveals
        the reason.
        """
        if method == "GetMessages":
            self.source.posts.clear()
        if method == "GetChannels":
            self.source.members.clear()

    @property
    def standing(self) -> int:
        return len(self.studio.news.sender.shown)

    async def alarms(self) -> list[str]:
        async with self.studio.shop.units() as uow:
            return sorted(each.kind for each in await uow.alarms.open_after(None, 9))

    async def beat(self, minutes: Iterable[int]) -> list[str]:
        """Run the worker's check of mirrored channels minute by minute, and return the alarms open at the end."""
        for _ in minutes:
            await self.watch()
            self.clock.advance(timedelta(minutes=1))
        await self.watch()
        return await self.alarms()


@pytest.fixture
def mirrored(studio: Studio) -> Mirrored:
    return Mirrored(studio)


async def test_deleted_post_is_removed_from_the_channels_of_its_plan(mirrored: Mirrored) -> None:
    account = await mirrored.open()
    await mirrored.post(5, 6)
    assert await mirrored.look(account) == 2
    mirrored.delete(5)
    assert await mirrored.look(account, 1) == 2, "one answer may come from a server that is behind"
    assert await mirrored.look(account, 1) == 1
    said = mirrored.studio.shop.memory.rows("audit_log")[-1]
    assert (said.action, said.actor, said.reason) == (
        "broadcast.send",
        "system",
        "deleted in the channel it is mirrored from",
    )
    mirrored.delete(6)
    mirrored.follow = mirrored.restarted()
    assert await mirrored.look(account) == 0, "a restart loses nothing"


async def test_album_is_removed_only_after_all_of_its_messages_are_deleted(mirrored: Mirrored) -> None:
    account = await mirrored.open()
    await mirrored.post(5, 6, album="g")
    mirrored.delete(5)
    assert await mirrored.look(account) == 1
    mirrored.delete(6)
    assert await mirrored.look(account) == 0


@pytest.mark.parametrize("way", ["put out", "channel gone", "refused", "shown as empty"])
async def test_account_that_no_longer_sees_the_channel_deletes_nothing(mirrored: Mirrored, way: str) -> None:
    account = await mirrored.open()
    await mirrored.post(5)
    await mirrored.look(account)
    mirrored.delete(5)
    if way == "put out":
        mirrored.source.members.clear()
    elif way == "channel gone":
        mirrored.telegram.channels.clear()
    elif way == "refused":
        mirrored.telegram.trouble = refuse
    else:
        mirrored.telegram.trouble = mirrored.seem_empty
    assert await mirrored.look(account, 4) == 1
    assert await mirrored.beat(range(16)) == [DeletionsUnseen.name]


def refuse(account: AccountId, method: str, moment: str) -> None:
    """Let Telegram refuse to return messages, for a reason that does not concern the account."""
    if method == "GetMessages":
        raise refusal("GetMessages", "MSG_ID_INVALID")


async def test_alarm_about_unchecked_deletions_closes_once_an_account_is_a_member_of_the_source(
    mirrored: Mirrored,
) -> None:
    account = await mirrored.open(inside=False)
    await mirrored.post(5)
    mirrored.delete(5)
    await mirrored.follow(account)
    assert await mirrored.beat(range(14)) == [], "accounts are given time to look"
    assert await mirrored.beat(range(1)) == [DeletionsUnseen.name]
    mirrored.source.members.add(TelegramId(1_000_000 + account))
    assert await mirrored.look(account) == 0, "what was deleted meanwhile goes, too"
    assert await mirrored.beat(range(1)) == []


async def test_second_account_checks_the_source_for_deletions_only_after_the_first_account_stops(
    mirrored: Mirrored,
) -> None:
    first = await mirrored.open()
    second = await mirrored.account()
    await mirrored.post(5)
    await mirrored.look(first)
    calls = len(mirrored.telegram.calls)
    mirrored.delete(5)
    assert await mirrored.look(second) == 1
    assert len(mirrored.telegram.calls) == calls, "one asks for all"
    mirrored.clock.advance(UNSEEN_FOR)
    assert await mirrored.look(second) == 0


async def test_accounts_search_for_the_source_channel_rarely_and_only_while_a_mirror_is_configured(
    mirrored: Mirrored,
) -> None:
    account = await mirrored.open(inside=False)
    await mirrored.look(account, 3)
    assert [method for _, method in mirrored.telegram.calls] == ["GetDialogs"]
    mirrored.clock.advance(SOUGHT_EVERY)
    await mirrored.mirror()
    await mirrored.look(account)
    assert len(mirrored.telegram.calls) == 1


async def test_mass_deletion_in_the_source_is_applied_only_after_approval_by_staff(mirrored: Mirrored) -> None:
    account = await mirrored.open()
    many = range(1, MOST_AT_ONCE + 2)
    await mirrored.post(*many, 90)
    mirrored.delete(*many)
    assert await mirrored.look(account) == len(many) + 1
    assert await mirrored.alarms() == [DeletionsHeld.name]
    mirrored.delete(90)
    mirrored.follow = mirrored.restarted()
    assert await mirrored.look(account) == len(many), "what is deleted afterwards follows"
    async with mirrored.studio.shop.units() as uow:
        held = await uow.of(BROADCASTS_KEY).list_mirrored(SOURCE, mirrored.clock.now() - FOLLOWED_FOR)
    for each in held[:-1]:
        await mirrored.studio.staff(SHELL, "withdraw_broadcast", each.id)
    assert await mirrored.look(account) == 1, "the last one is a person's, too"
    assert await mirrored.alarms() == [DeletionsHeld.name]
    mirrored.clock.advance(FOLLOWED_FOR)
    assert await mirrored.look(account) == 1
    assert await mirrored.alarms() == []


async def test_alarms_about_a_source_channel_close_when_it_is_no_longer_mirrored(mirrored: Mirrored) -> None:
    await mirrored.open(inside=False)
    await mirrored.mirrors.record_sight(SOURCE, "Mis picks", sees=False)
    assert await mirrored.beat(range(16)) == [DeletionsUnseen.name, MirrorLost.name]
    await mirrored.mirror()
    assert await mirrored.beat(range(2)) == []
