"""Implementation of getUpdates. Only one caller per bot may wait; its offset acknowledges earlier updates."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from pydantic import JsonValue

from umbral_sandbox.bot_api.errors import conflict
from umbral_sandbox.bot_api.parameters.updates import GetUpdates
from umbral_sandbox.bot_api.settings import settings_of
from umbral_sandbox.world.telegram.records import Bot
from umbral_sandbox.world.world import World

MAX_WAIT_S: Final = 50
# A client's new call can arrive before the end of its previous call is noticed.
_CLOSING_GRACE_S: Final = 0.25


class Polling:
    """Long polling of one world, with at most one waiting caller per bot."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: dict[int, asyncio.Event] = {}

    async def updates(self, bot: Bot, wanted: GetUpdates, gone: asyncio.Event) -> JsonValue:
        """Return updates from the offset on. If there are none, wait for an update until the timeout, and then return
        an empty list.
        """
        if settings_of(bot).webhook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        async with self._alone(bot.id):
            queue = self._world.telegram.updates
            kinds = None if wanted.allowed_updates is None else [str(kind) for kind in wanted.allowed_updates]
            queue.allow(bot.id, kinds)
            loop = asyncio.get_running_loop()
            ends = loop.time() + min(wanted.timeout, MAX_WAIT_S)
            limit = min(max(wanted.limit, 1), 100)
            found = queue.fetch(bot.id, wanted.offset, limit)
            # Acknowledged updates must not return after a crash during the wait.
            self._world.commit()
            while not (found or gone.is_set() or self._world.feed.closed) and loop.time() < ends:
                await self._world.feed.wait(ends - loop.time())
                if settings_of(bot).webhook is not None:
                    raise conflict("terminated by setWebhook request")
                found = queue.fetch(bot.id, max(wanted.offset, 0), limit)
            return list(found)

    @contextlib.asynccontextmanager
    async def _alone(self, bot_id: int) -> AsyncIterator[None]:
        other = self._waiting.get(bot_id)
        if other is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(other.wait(), _CLOSING_GRACE_S)
        if bot_id in self._waiting:
            raise conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
        ended = self._waiting[bot_id] = asyncio.Event()
        try:
            yield
        finally:
            del self._waiting[bot_id]
            ended.set()
