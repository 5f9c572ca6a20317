"""`umbral doctor` on the chats opened by plans: a channel and its discussion group in a sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from subscriptions.bootstrap.checks.discussions import report_of_discussions
from subscriptions.bootstrap.checks.members import report_of_members
from subscriptions.bootstrap.resource_desk import resource_desk
from tests.support.installation import Installation
from umbral_sandbox.server import running_sandbox
from umbral_sandbox.world.telegram.channel_records import Channel

OPEN = (
    "chats: people outside of «Charla» (charla) may write there (let only members write, in its settings at Telegram)",
    "chats: people outside of «Charla» (charla) may come in without being admitted (have new members approved, in its"
    " settings at Telegram)",
)


@dataclass
class Shop:
    """Channel of Marta and its discussion group. The bot is an administrator in both."""

    installation: Installation
    owner: int
    channel: Channel
    group: Channel

    async def link(self, **settings: Any) -> None:
        linking = {"channel_id": self.channel.chat_id, **settings}
        answer = await self.installation.control("POST", f"users/{self.owner}/link_group", linking)
        assert answer["ok"], answer

    async def add(self, chat: Channel) -> str:
        async with resource_desk(self.installation.settings) as desk:
            return await desk.add(chat.chat_id, None)

    async def said(self) -> list[str]:
        return list(await report_of_discussions(self.installation.settings))


@pytest.fixture
async def shop(database_url: str) -> AsyncIterator[Shop]:
    async with running_sandbox() as sandbox:
        installation = Installation(sandbox, database_url)
        await installation.open()
        world = sandbox.world
        owner, bot = world.telegram.people.add_person("Marta").id, world.telegram.people.find_bot("tienda_bot")
        assert bot is not None
        chats = [
            world.telegram.channels.create(owner, title, kind=kind)
            for title, kind in (("Avisos", "channel"), ("Charla", "group"))
        ]
        for chat in chats:
            world.telegram.channels.edit_admin(owner, chat, bot.id, set(chat.known_rights))
        world.commit()
        yield Shop(installation, owner, *chats)


async def test_doctor_names_a_discussion_group_that_is_unsold_or_open(shop: Shop) -> None:
    group = shop.group.chat_id
    await shop.link(group_id=group)
    await shop.add(shop.channel)
    assert await shop.said() == [
        f"chats: «Avisos» (avisos) is discussed in a group that is not sold ({group}): whoever loses the channel stays"
        f" in it; make the bot its administrator, and `umbral resources add {group}`"
    ]
    await shop.add(shop.group)
    assert await shop.said() == list(OPEN)
    await shop.link(group_id=group, join_to_send=True)
    assert await shop.said() == [OPEN[1]]
    await shop.link(group_id=group, join_to_send=True, join_by_request=True)
    assert await shop.said() == []


async def test_doctor_names_a_lost_discussion_link_and_a_lost_right_of_the_bot(shop: Shop) -> None:
    await shop.link(group_id=shop.group.chat_id, join_to_send=True, join_by_request=True)
    await shop.add(shop.channel)
    await shop.add(shop.group)
    assert await shop.said() == []
    await shop.link()
    (lost,) = await shop.said()
    assert lost.startswith("chats: «Charla» (charla) discusses «Avisos» (avisos) no longer")

    world = shop.installation.sandbox.world
    bot = world.telegram.people.find_bot("tienda_bot")
    assert bot is not None
    world.telegram.channels.edit_admin(shop.owner, shop.group, bot.id, {"can_invite_users"})
    world.commit()
    assert (await shop.said())[1:] == [
        "chats: the bot lacks can_restrict_members in «Charla» (charla): give it back, or it cannot do its work there"
    ]
    world.telegram.members.ban(shop.owner, shop.group, bot.id)
    world.commit()
    assert (await shop.said())[-1] == (
        "chats: the bot is no administrator of «Charla» (charla) any more: nobody is let in there or put out"
    )


async def test_doctor_reports_the_number_of_chat_members_unknown_to_the_bot(shop: Shop) -> None:
    world = shop.installation.sandbox.world
    link = world.telegram.invites.export(shop.owner, shop.group)
    for name in ("Ana", "Eva"):
        world.telegram.joins.open(world.telegram.people.add_person(name).id, link.hash)
    world.commit()
    await shop.add(shop.group)
    (line,) = await report_of_members(shop.installation.settings)
    assert line.startswith("chats: 4 are in «Charla» (charla), of whom the bot does not know 2:")
