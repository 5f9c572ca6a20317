"""Server that receives webhooks in place of the product's web process, and stores them unchanged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI, Request, Response

from umbral_sandbox.listener import Listener, bound_socket


@dataclass(frozen=True)
class Post:
    """Received request. headers: headers by name in lower case. body: the body's bytes."""

    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Receiver of requests, which are kept in order. url: address of the server."""

    url: str
    posts: list[Post] = field(default_factory=list)


@asynccontextmanager
async def running_receiver(port: int = 0) -> AsyncIterator[Receiver]:
    """Run a receiver on a port of the loopback address while the block runs. port: the port; 0 for a free one."""
    listening = bound_socket("127.0.0.1", port)
    receiver = Receiver(f"http://127.0.0.1:{listening.getsockname()[1]}")
    app = FastAPI(openapi_url=None)

    @app.post("/{path:path}")
    async def take(request: Request) -> Response:
        receiver.posts.append(Post(dict(request.headers), await request.body()))
        return Response("taken")

    listener = Listener(app, listening)
    await listener.start()
    try:
        yield receiver
    finally:
        await listener.stop()
