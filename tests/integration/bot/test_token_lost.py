"""Procedure of docs/backups.md, «the bot's token»: a token revoked at @BotFather is reported, and the same bot
continues with the new token.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot.main import converse
from subscriptions.bootstrap.process import open_core
from subscriptions.domain.errors import InvalidInput
from tests.integration.bot.conftest import Stage


async def test_revoked_bot_token_is_reported_and_missed_messages_are_answered_later(stage: Stage) -> None:
    ana = await stage.person()
    async with stage.running():
        await ana.start()
        seq = (await ana.said(""))["seq"]
    bot = stage.sandbox.world.telegram.people.by_token(stage.bot.token)
    assert bot is not None
    bot.token = f"{bot.id}:{'n' * 35}"
    stage.sandbox.world.commit()

    with pytest.raises(InvalidInput, match="TELEGRAM_SUBSCRIPTION_BOT_TOKEN"):
        await converse(stage.core, stage.settings, asyncio.Event())
    await ana.send("/ayuda")
    settings = stage.settings.model_copy(update={"token": SecretStr(bot.token)})
    async with open_core(settings) as core:
        core.gateways.override(stage.gateways)
        async with replace(stage, core=core, settings=settings).running():
            assert (await ana.said("", after=seq))["from"]["id"] == bot.id
