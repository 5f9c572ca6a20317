"""Proxy between a gateway and its provider that changes the contents of responses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI, Request, Response

from umbral_sandbox.listener import Listener, bound_socket

Rewrite = Callable[[str, Any], Any]
"""Function that gets the name and value of a member of a response, and returns the value to send in its place."""

_OWN: Final = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection", "date", "server"})
_METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass
class RewritingWire:
    """Running proxy. rewritten: True once a response was changed."""

    url: str
    rewritten: bool = False

    def instead_of(self, url: str, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the settings with the provider's address replaced by the proxy's."""
        there, here = urlsplit(url).netloc, urlsplit(self.url).netloc
        return {name: value.replace(there, here) for name, value in environ.items()}


@asynccontextmanager
async def rewriting_wire(to: str, rewrite: Rewrite) -> AsyncIterator[RewritingWire]:
    """Run a proxy while the block runs: it forwards every call to the address `to`, and passes each JSON response
    through `rewrite`, member by member.
    """
    listening = bound_socket("127.0.0.1", 0)
    wire = RewritingWire(f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = FastAPI(openapi_url=None)
    async with httpx.AsyncClient(base_url=to, timeout=30, trust_env=False) as onward:

        @app.api_route("/{path:path}", methods=_METHODS)
        async def pass_on(path: str, request: Request) -> Response:
            headers = {name: value for name, value in request.headers.items() if name != "host"}
            url = httpx.URL(f"/{path}", query=request.url.query.encode())
            answer = await onward.request(request.method, url, content=await request.body(), headers=headers)
            content = _rewritten(wire, answer, rewrite)
            kept = {name: value for name, value in answer.headers.items() if name not in _OWN}
            return Response(content, answer.status_code, kept)

        listener = Listener(app, listening)
        await listener.start()
        try:
            yield wire
        finally:
            await listener.stop()


def _rewritten(wire: RewritingWire, answer: httpx.Response, rewrite: Rewrite) -> bytes:
    try:
        said = answer.json()
    except ValueError:
        return answer.content
    made = _through(said, rewrite)
    wire.rewritten = wire.rewritten or made != said
    return json.dumps(made).encode()


def _through(value: Any, rewrite: Rewrite, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _through(inner, rewrite, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_through(inner, rewrite, name) for inner in value]
    return rewrite(name, value)
