"""Chats opened by plans, in the console and the API: the bot's missing rights, and the members."""

from __future__ import annotations

from datetime import timedelta

import httpx

from subscriptions.domain.entities.access import Access
from subscriptions.domain.entities.api_key import Ability
from subscriptions.domain.entities.channel import Channel
from subscriptions.domain.entities.resource import GROUP, EntryPolicy, Resource
from subscriptions.domain.ids import ChatId, TelegramId
from subscriptions.domain.ports.invite_maker import ChannelLook
from tests.fakes import samples
from tests.support.api_client import key_for
from tests.support.console_visitor import Visitor
from tests.support.features import runs
from tests.support.website import Website

CHATS = {"talk": (), "quiet": ("invite", "remove"), "lost": None, "unseen": None}
"""Missing rights of the bot in each chat, or None if the bot is not an administrator."""


async def test_chat_list_shows_missing_rights_of_the_bot_and_guests_of_each_chat(
    olga: Visitor, site: Website, client: httpx.AsyncClient
) -> None:
    now = site.container.core.clock().now()
    async with site.container.core.units()() as uow:
        for number, (name, missing) in enumerate(CHATS.items()):
            resource = Resource.add(name, GROUP, name.title(), EntryPolicy.REQUEST, now + timedelta(seconds=number))
            channel = Channel.for_resource(resource, ChatId(-1001 - number), name.title(), now)
            assert await uow.resources.add_if_new(resource)
            assert await uow.channels.add_if_new(channel)
            look = ChannelLook(
                title=name.title(),
                is_channel=False,
                is_admin=missing is not None,
                chat_type="supergroup",
                chat=channel.channel_id,
                missing_rights=missing or (),
            )
            if name != "unseen":
                await uow.resources.see_chat(look, now)
            if name == "talk":
                ana = samples.customer()
                await uow.customers.add_if_new(ana)
                access = Access.request(ana.id, channel.id, now, is_shared=True)
                access.join(now, is_shared=True)
                await uow.accesses.save(access)
                for person in (97, 98):
                    await uow.resources.note_guest(channel.id, TelegramId(person), now)
                await uow.resources.count_chat(ChatId(-1001), 7, now)
        await uow.commit()

    if runs("api"):
        await _check_operation(site, client)
    page = await olga.page("/resources")
    for words in (
        "le falta «Invitar usuarios con enlace», le falta «Vetar usuarios»",
        "no es administrador",
        "los restablece su cuenta",
        "y 7 que el bot no puede identificar",
    ):
        assert words in page, words
    file = await olga.page("/resources.csv")
    assert "invite remove" in file


async def _check_operation(site: Website, client: httpx.AsyncClient) -> None:
    reported = await client.get("/api/v1/resources", headers=await key_for(site, Ability.PLANS))
    items = {each["resource"]: each for each in reported.json()["items"]}
    assert [each for each in items if each in CHATS] == list(CHATS), "the oldest first"
    rights = {name: items[name]["missing_rights"] for name in (*CHATS, "personal")}
    assert rights == {
        "talk": [],
        "quiet": ["invite", "remove"],
        "lost": ["not_admin"],
        "unseen": None,
        "personal": None,
    }
    people = ("inside", "entitled", "leaving_now", "guests", "unnamed")
    assert [items["talk"][each] for each in people] == [1, 0, 0, 2, 7]
    assert [items["unseen"][each] for each in people] == [0, 0, 0, 0, None]
    assert (items["talk"]["chat"], items["unseen"]["looked_at"]) == (-1001, None)
