"""The wiring of `umbral resources add` and `replace`, which ask Telegram by the subscription bot."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from subscriptions.application.access.add_resource import AddResource
from subscriptions.application.access.replace_resource import ReplaceResource
from subscriptions.bootstrap.operator import operator
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import BotSettings
from subscriptions.infrastructure.telegram.bot_client import Bots
from subscriptions.infrastructure.telegram.invite_maker import BotInviteMaker


@dataclass(frozen=True)
class ResourceDesk:
    """What can be done to chats at the command line."""

    add: AddResource
    replace: ReplaceResource


@asynccontextmanager
async def resource_desk(environ: Mapping[str, str]) -> AsyncIterator[ResourceDesk]:
    """What they ask, by the subscription bot. Raises as `operator`."""
    settings = load(BotSettings, environ)
    bots = Bots(settings.token.get_secret_value(), (), settings.api_base)
    try:
        async with operator(environ) as container:
            parts = container.core.units(), BotInviteMaker(bots), container.core.clock()
            yield ResourceDesk(AddResource(*parts), ReplaceResource(*parts))
    finally:
        await bots.aclose()
