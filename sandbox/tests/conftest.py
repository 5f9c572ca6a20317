"""Sandboxes on free ports, and aiogram clients of their bots."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from tests.support.plain_http import plain_http
from umbral_sandbox.server import Sandbox, running_sandbox
from umbral_sandbox.world.telegram import Telegram
from umbral_sandbox.world.telegram.channel_records import Channel
from umbral_sandbox.world.telegram.records import Bot as BotRecord
from umbral_sandbox.world.telegram.records import Person, bot_api_id

BOT_RIGHTS = {"can_invite_users", "can_restrict_members", "can_post_messages"}


class Scene:
    """A bot, a customer who started the bot, and a stranger, in the test's own sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.telegram: Telegram = sandbox.world.telegram
        self.bot: BotRecord = self.telegram.people.add_bot("shop_bot", "Shop")
        self.customer: Person = self.telegram.people.add_person("Ana", username="ana_k", language_code="es")
        self.stranger: Person = self.telegram.people.add_person("Eve")
        self.owner: Person = self.telegram.people.add_person("Operator", phone="34600000001")
        self.telegram.chats.start(self.customer.id, self.bot.id)
        self.telegram.updates.drop(self.bot.id)
        self.world.commit()

    def channel(self, rights: set[str] | None = None, *, protected: bool = False) -> Channel:
        """Create a channel of the owner with the bot as an admin. rights: the bot's rights; None for the default
        rights.
        """
        made = self.telegram.channels.create(self.owner.id, "Picks", protected=protected)
        self.telegram.channels.edit_admin(self.owner.id, made, self.bot.id, BOT_RIGHTS if rights is None else rights)
        self.telegram.updates.drop(self.bot.id)
        self.world.commit()
        return made

    def join(self, channel: Channel, person: Person) -> None:
        """Let a person join a channel through a link of the owner."""
        link = self.telegram.invites.export(self.owner.id, channel)
        self.telegram.joins.open(person.id, link.hash)
        self.telegram.updates.drop(self.bot.id)
        self.world.commit()

    async def call(self, method: str, **values: Any) -> httpx.Response:
        """Call a method by plain HTTP, as JSON."""
        async with plain_http(timeout=90) as client:
            return await client.post(f"{self.sandbox.url}/bot{self.bot.token}/{method}", json=values)

    async def refused(self, method: str, **values: Any) -> tuple[int, str]:
        """Call a method that must be refused, and return the code and text of the response."""
        answer = await self.call(method, **values)
        body = answer.json()
        assert body["ok"] is False, body
        assert body["error_code"] == answer.status_code
        return answer.status_code, body["description"]


def chat_id(channel: Channel) -> int:
    """Return the Bot API's id of a channel."""
    return bot_api_id(channel.id)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Provide a sandbox for this test, in memory."""
    async with running_sandbox() as running:
        yield running


@pytest.fixture
def scene(sandbox: Sandbox) -> Scene:
    """Provide people and a bot in the sandbox."""
    return Scene(sandbox)


@pytest.fixture
async def bot(scene: Scene) -> AsyncIterator[Bot]:
    """Return an aiogram client for the scene's bot."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(scene.sandbox.url), timeout=90)
    async with Bot(scene.bot.token, session=session) as client:
        yield client
