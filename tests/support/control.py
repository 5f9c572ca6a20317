"""Sandbox world with a bot, driven through the control interface. Every response is validated against the OpenAPI
description of the interface.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx

from tests.support.openapi import Described
from umbral_sandbox.control import control_app
from umbral_sandbox.control.access import Room
from umbral_sandbox.world.telegram.records import Bot, Content, bot_api_id
from umbral_sandbox.world.world import World

BASE = "http://127.0.0.1:8080"


class Control:
    """Client of the control interface by plain HTTP."""

    def __init__(self, world: World, http: httpx.AsyncClient, described: Described) -> None:
        self.world = world
        self.telegram = world.telegram
        self.http = http
        self.described = described
        self.bot: Bot = world.telegram.people.add_bot("umbral_bot", "Umbral")
        world.commit()

    async def call(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Call the control interface and return the response's JSON. Asserts that the response has the given status and
        the described shape.
        """
        answer = await self.http.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        self.described.check(method, path.partition("?")[0], status, answer.json())
        return answer.json()

    async def get(self, path: str, *, status: int = 200) -> Any:
        """Send a GET request."""
        return await self.call("GET", path, status=status)

    async def post(self, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Send a POST request."""
        return await self.call("POST", path, body, status=status)

    async def person(self, first_name: str = "Ana", **more: Any) -> int:
        """Create a person and return the person's id."""
        created = await self.post("/users", {"first_name": first_name, **more})
        found: int = created["id"]
        return found

    def say(self, person: int, content: Content, *rows: list[dict[str, Any]]) -> int:
        """Send a message from the bot to a person and return the message's id."""
        markup: Content | None = {"inline_keyboard": list(rows)} if rows else None
        message = self.telegram.chats.bot_send(self.bot.id, person, content, markup=markup)
        self.world.commit()
        return message.id

    def channel(self, title: str = "Canal") -> int:
        """Create a channel with a new owner account and the bot as administrator, and return the channel's Bot
        API id.
        """
        people = self.telegram.people
        owner = people.add_person("Op", phone=f"34600{self.world.ids.next('test-phone'):06}")
        channel = self.telegram.channels.create(owner.id, title)
        rights = {"can_invite_users", "can_post_messages"}
        self.telegram.channels.edit_admin(owner.id, channel, self.bot.id, rights)
        self.world.commit()
        return bot_api_id(channel.id)

    def link(self, channel_id: int, *, request: bool = False, member_limit: int | None = None) -> str:
        """Create an invite link of the bot for a channel and return the link's URL.

        request: True for a link that requires a join request.
        member_limit: number of people who can join by the link; None for no limit.
        """
        channel = self.telegram.channels.by_chat_id(channel_id)
        assert channel is not None
        made = self.telegram.invites.export(self.bot.id, channel, request=request, member_limit=member_limit)
        self.world.commit()
        return made.url


@contextlib.asynccontextmanager
async def running_control(*, demo: bool = False) -> AsyncIterator[Control]:
    """Run the control interface over a new world in memory.

    demo: True if processes of the product are expected to run on the world.
    """
    world = World()
    transport = httpx.ASGITransport(control_app(Room(world, demo)))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        described = Described((await http.get("/openapi.json")).json())
        yield Control(world, http, described)
    world.close()
