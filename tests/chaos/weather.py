"""Bot API proxy that delivers updates twice, late, and out of order."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, web

WEBHOOK_FAULTS: Mapping[str, Mapping[str, Any]] = {
    "doubled": {"do": "duplicate", "n": 3},
    "shuffled": {"do": "reorder"},
    "late": {"do": "delay", "seconds": 3},
    "lost at first": {"do": "drop", "times": 4},
    "lost until all is over": {"do": "drop"},
    "forged": {"do": "forge", "times": 4},
    "cut short": {"do": "truncate", "times": 4},
}
"""Faults that can apply to every webhook of a run."""
LOST_WEBHOOKS = "lost until all is over"
ROUGH, LOST_ANSWERS, LOST_UPDATES = "doubled, late and shuffled", "lost on the way", "some lost for good"
UPDATES = (ROUGH, LOST_ANSWERS, LOST_UPDATES)
"""Faults that can apply to every update, including a response that is lost and requested again, and an update that
never arrives.
"""

_LOST_FOR_GOOD = 0.25
_LATE_SECONDS = 0.7
_OLD_ONES = 3
_UNLIMITED = ClientTimeout(total=None)
_HOP = {"content-length", "transfer-encoding", "connection", "content-encoding", "host"}


class UpdatesProxy:
    """Proxy of the sandbox's Bot API. While `weather` names a fault, the proxy changes the answers of getUpdates."""

    def __init__(self, upstream: str, seed: int) -> None:
        """upstream: the sandbox's URL."""
        self._upstream, self._chance = upstream, random.Random(seed)
        self._runner: web.AppRunner | None = None
        self._client: ClientSession | None = None
        self._old: list[dict[str, Any]] = []
        self._decided: dict[int, bool] = {}
        self.weather: str | None = None

    async def start(self) -> str:
        """Listen on a free port and return the URL."""
        # With cancellation, a dying bot also ends its long poll at the sandbox; otherwise the next bot would be a
        # second poller.
        app = web.Application(client_max_size=1 << 24)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._client = ClientSession(timeout=_UNLIMITED)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        return f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        """Stop the proxy."""
        if self._client is not None:
            await self._client.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        assert self._client is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        body = await request.read()
        try:
            async with self._client.request(
                request.method, f"{self._upstream}{request.rel_url}", data=body, headers=headers
            ) as answer:
                content, status, kind = await answer.read(), answer.status, answer.content_type
        except (OSError, ClientError):
            # An aborted connection at the sandbox is aborted for the bot as well.
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if self.weather is not None and request.path.endswith("/getUpdates"):
            answer = json.loads(content)
            if fresh := answer.get("result"):
                changed = await self._tampered(fresh, request)
                content = json.dumps({**answer, "result": changed}).encode()
        return web.Response(body=content, status=status, content_type=kind)

    async def _tampered(self, fresh: list[dict[str, Any]], request: web.Request) -> list[dict[str, Any]]:
        match self.weather:
            case weather if weather == LOST_ANSWERS:
                return self._lost_once(fresh, request)
            case weather if weather == LOST_UPDATES:
                return await self._without_the_lost(fresh)
            case _:
                return await self._roughened(fresh)

    def _lost_once(self, fresh: list[dict[str, Any]], request: web.Request) -> list[dict[str, Any]]:
        """Drop the first answer that contains an update."""
        known = all(update["update_id"] in self._decided for update in fresh)
        self._decided.update((update["update_id"], True) for update in fresh)
        if not known and request.transport is not None:
            request.transport.abort()
        return fresh

    async def _without_the_lost(self, fresh: list[dict[str, Any]]) -> list[dict[str, Any]]:
        left = [update for update in fresh if not self._decided.setdefault(update["update_id"], self._loses())]
        if not left:
            # The bot requests these updates again at once, until later ones arrive.
            await asyncio.sleep(_LATE_SECONDS)
        return left

    def _loses(self) -> bool:
        return self._chance.random() < _LOST_FOR_GOOD

    async def _roughened(self, fresh: list[dict[str, Any]]) -> list[dict[str, Any]]:
        await asyncio.sleep(_LATE_SECONDS)
        mixed = [*fresh, *fresh, *self._old[-_OLD_ONES:]]
        self._old.extend(fresh)
        self._chance.shuffle(mixed)
        return mixed
