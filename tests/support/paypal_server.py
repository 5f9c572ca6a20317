"""A small strict server on loopback that replaces PayPal's API with responses set by the test. It starts and stops
within a millisecond, so every test can have its own server.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from subscriptions.domain.ports.payment_gateway import PaymentEvent
from subscriptions.infrastructure.payments.paypal import CAPABILITIES
from subscriptions.infrastructure.payments.paypal.gateway import PayPalGateway
from subscriptions.infrastructure.payments.paypal.translate import translate
from subscriptions.infrastructure.providers.reader import Node
from tests.support.paypal import NOW, FakeClock, event, settings

CLIENT, PASSWORD = "demo-client", "demo-secret"
LOGIN = "Basic " + base64.b64encode(f"{CLIENT}:{PASSWORD}".encode()).decode()


@dataclass
class Call:
    """A call received by the server."""

    name: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The call's body, parsed as JSON."""
        return json.loads(self.body)


@dataclass
class Reply:
    """A response that the server sends."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Server:
    """Server with fixed responses. tokens: number of issued access tokens; only the newest is valid. connections:
    number of connections opened so far.

    cuts: number of following calls that are recorded but not answered; the server closes their connection.
    """

    url: str = ""
    tokens: int = 0
    lifetime: int = 32400
    connections: int = 0
    cuts: int = 0
    answers: dict[str, list[Reply]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    token_answer: Reply | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def answer(self, name: str, *replies: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Add responses to `METHOD /path`. All its responses are sent one after the other, and the last one is
        repeated. Text and bytes are sent unchanged.
        """
        for reply in replies:
            text = reply.encode() if isinstance(reply, str) else reply
            body = text if isinstance(text, bytes) else b"" if text is None else json.dumps(text).encode()
            self.answers.setdefault(name, []).append(Reply(status, body, headers or {}))

    def named(self, name: str) -> list[Call]:
        """Return the received calls with the name `METHOD /path`."""
        return [call for call in self.calls if call.name == name]

    def expire(self) -> None:
        """Invalidate the newest access token."""
        self.tokens += 1

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.connections += 1
        self._open.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while (call := await _read(reader)) is not None:
                if self.cuts:
                    self.cuts -= 1
                    self.calls.append(call)
                    break
                writer.write(_written(self._reply(call)))
                await writer.drain()
        self._open.discard(writer)
        writer.close()

    def hang_up(self) -> None:
        """Close all open connections."""
        for writer in self._open:
            writer.close()

    def _reply(self, call: Call) -> Reply:
        if call.name == "POST /v1/oauth2/token":
            return self._token(call)
        public = call.name.startswith("GET /v1/notifications/certs/")
        if not public and call.headers.get("authorization") != f"Bearer A21AA-{self.tokens}":
            return Reply(401, b'{"name":"AUTHENTICATION_FAILURE","debug_id":"f0"}')
        if call.name.startswith("POST") and call.headers.get("content-type") != "application/json":
            return Reply(415, b'{"name":"UNSUPPORTED_MEDIA_TYPE"}')
        self.calls.append(call)
        left = self.answers.get(call.name)
        if not left:
            return Reply(404, b'{"name":"RESOURCE_NOT_FOUND","debug_id":"f1"}')
        return left.pop(0) if len(left) > 1 else left[0]

    def _token(self, call: Call) -> Reply:
        if (call.headers.get("authorization"), call.body) != (LOGIN, b"grant_type=client_credentials"):
            return Reply(401, b'{"error":"invalid_client","error_description":"Ana"}')
        self.tokens += 1
        body = {"access_token": f"A21AA-{self.tokens}", "token_type": "Bearer", "expires_in": self.lifetime}
        return self.token_answer or Reply(body=json.dumps(body).encode())


async def _read(reader: asyncio.StreamReader) -> Call | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Call(f"{method} {parts.path}", dict(parse_qsl(parts.query)), headers, body)


def _written(reply: Reply) -> bytes:
    headers = {"content-length": str(len(reply.body)), **reply.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status} X\r\n{lines}\r\n".encode() + reply.body


@contextlib.asynccontextmanager
async def running_server() -> AsyncIterator[Server]:
    """Run a server on a free port."""
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        server.hang_up()
        await listening.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    """Yield a server whose responses the test sets."""
    async with running_server() as made:
        yield made


@pytest.fixture
async def gateway(server: Server) -> AsyncIterator[PayPalGateway]:
    """Yield a gateway connected to the server."""
    made = PayPalGateway(settings(PAYPAL_API_BASE=server.url), FakeClock(), CAPABILITIES)
    yield made
    await made.aclose()


def reported(kind: str, resource: Any) -> PaymentEvent:
    """Return the gateway's event for a webhook of this type about a resource."""
    return translate(Node(event(kind, resource)), NOW)
