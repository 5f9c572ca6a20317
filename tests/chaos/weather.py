"""A Bot API in bad weather: updates come twice, late, and not in their order."""

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
    "forged": {"do": "forge", "times": 4},
    "cut short": {"do": "truncate", "times": 4},
}
"""What can befall every webhook of a play."""
UPDATES = "doubled, late and shuffled"

_LATE_SECONDS = 0.7
_OLD_ONES = 3
_UNLIMITED = ClientTimeout(total=None)
_HOP = {"content-length", "transfer-encoding", "connection", "content-encoding", "host"}


class UpdatesProxy:
    """Passes everything on to the sandbox; while `rough`, it tampers with what getUpdates answers."""

    def __init__(self, upstream: str, seed: int) -> None:
        """upstream: the sandbox."""
        self._upstream, self._chance = upstream, random.Random(seed)
        self._runner: web.AppRunner | None = None
        self._client: ClientSession | None = None
        self._old: list[dict[str, Any]] = []
        self.rough = False

    async def start(self) -> str:
        """Serve on a free port; the address to use."""
        # Cancellation: a bot that dies ends its long poll at the sandbox too, or the next would be a second poller.
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
        """Serve no more."""
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
            # What the sandbox does to the connection happens to the bot as well.
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        if self.rough and request.path.endswith("/getUpdates"):
            content = await self._roughen(content)
        return web.Response(body=content, status=status, content_type=kind)

    async def _roughen(self, content: bytes) -> bytes:
        answer = json.loads(content)
        fresh = answer.get("result")
        if not fresh:
            return content
        await asyncio.sleep(_LATE_SECONDS)
        mixed = [*fresh, *fresh, *self._old[-_OLD_ONES:]]
        self._old.extend(fresh)
        self._chance.shuffle(mixed)
        return json.dumps({**answer, "result": mixed}).encode()
