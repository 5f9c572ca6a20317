"""Sandboxes on free ports, and bots that speak to them through aiogram."""

from collections.abc import AsyncIterator

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from sandbox.server import Sandbox, running_sandbox
from sandbox.world.telegram.records import Bot as BotRecord


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox of this test's own, in memory."""
    async with running_sandbox() as running:
        yield running


@pytest.fixture
def bot_record(sandbox: Sandbox) -> BotRecord:
    """A bot in that sandbox."""
    record = sandbox.world.telegram.people.add_bot("shop_bot", "Shop")
    sandbox.world.commit()
    return record


@pytest.fixture
async def bot(sandbox: Sandbox, bot_record: BotRecord) -> AsyncIterator[Bot]:
    """That bot as a client sees it."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url), timeout=15)
    async with Bot(bot_record.token, session=session) as client:
        yield client
