"""The wiring of `umbral resources add`, which asks Telegram by the subscription bot."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from subscriptions.application.access.add_resource import AddResource
from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.infrastructure.telegram.bot_client import Bots
from subscriptions.infrastructure.telegram.invite_maker import BotInviteMaker


@asynccontextmanager
async def resource_desk(environ: Mapping[str, str]) -> AsyncIterator[AddResource]:
    """What `umbral resources add` asks, by the subscription bot. Raises as `operator`."""
    settings = load(BotSettings, environ)
    bots = Bots(settings.token.get_secret_value(), (), settings.api_base)
    try:
        async with operator(environ) as container:
            yield AddResource(container.core.units(), BotInviteMaker(bots), container.core.clock())
    finally:
        await bots.aclose()
