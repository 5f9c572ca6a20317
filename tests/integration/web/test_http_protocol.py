"""Abusive connections: endless or slow request heads and bodies, and too many connections."""

from __future__ import annotations

import asyncio

import pytest
from uvicorn.server import ServerState

from tests.support.http_server import GET, SHORT, STRANGER, echo, http_server, until
from web.addresses import OWN_NETWORKS, Proxies
from web.coalescing import CoalescingTransport
from web.connections import ConnectionLimiter
from web.http_protocol import HEAD_BYTES, server_config


async def test_endless_request_head_is_cut_at_its_limit() -> None:
    async with http_server() as (come, limiter):
        for head in (b"GET / HTTP/1.1\r\nX: ", b"GET /", b"GET / HTTP/1.1\r\n"):
            visitor = await come()
            filler = b"a: b\r\n" * 200 if head.endswith(b"\n") else b"x" * 1200
            await visitor.say(head, *(filler for _ in range(HEAD_BYTES // 1000)))
            assert await visitor.ended()
        await until(lambda: not len(limiter))


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT /now HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    ],
    ids=[
        *("no host", "two hosts", "nul", "blank", "two kinds of length", "two lengths", "unknown coding", "2"),
        "tunnel",
    ],
)
async def test_malformed_request_is_refused(head: bytes) -> None:
    async with http_server() as (come, limiter):
        visitor = await come()
        await visitor.say(head)
        assert await visitor.ended()
        assert limiter.closures == {"bad": 1}


@pytest.mark.parametrize("length", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
async def test_body_of_an_upgrade_request_is_not_parsed_as_another_request(length: bytes, protocol: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nHost: umbral\r\nConnection: Upgrade\r\nUpgrade: %b\r\n%b\r\n\r\n" % (protocol, length)
    body = b"GET /" if length.startswith(b"Content") else b"5\r\nGET /\r\n0\r\n\r\n"
    async with http_server() as (come, limiter):
        at_once, in_parts = [await come() for _ in range(2)]
        await at_once.say(head + body + head + body)
        assert b"5 bytes" in await at_once.answer()
        assert b"5 bytes" in await at_once.answer()
        await in_parts.say(head[:-2] + b"Expect: 100-continue\r\n\r\n")
        # The server sends 100 Continue, without a body, once the application reads.
        assert not await in_parts.answer()
        await in_parts.say(body, GET)
        assert b"5 bytes" in await in_parts.answer()
        assert b"0 bytes" in await in_parts.answer()
        assert not limiter.closures


async def test_trailer_of_a_chunked_body_is_limited_and_not_read_as_a_header() -> None:
    announced = b"POST / HTTP/1.1\r\nHost: umbral\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
    async with http_server() as (come, limiter):
        honest, endless = [await come() for _ in range(2)]
        await honest.say(announced, b"Digest: x\r\n\r\n")
        assert b"3 bytes" in await honest.answer()
        await endless.say(announced, *(b"a: b\r\n" * 200 for _ in range(HEAD_BYTES // 500)))
        assert await endless.ended()
        assert limiter.closures == {"bad": 1}


async def test_slow_request_head_is_cut_and_a_quick_connection_continues() -> None:
    async with http_server(head_s=SHORT) as (come, limiter):
        quick = await come()
        await quick.say(GET + GET)
        slow, silent = [await come() for _ in range(2)]
        await slow.say(b"GET / HTTP/1.1\r\n")
        assert b"0 bytes" in await quick.answer()
        assert b"0 bytes" in await quick.answer()
        assert await slow.ended()
        assert await silent.ended()
        assert limiter.closures == {"head": 2}
        # The connection is idle between two requests, for which uvicorn has its own limit.
        await quick.say(GET)
        assert b"0 bytes" in await quick.answer()
        # The second head is sent slowly.
        await quick.say(b"GET")
        assert await quick.ended()


async def test_endless_body_is_cut_even_if_unread() -> None:
    announced = b"POST %s HTTP/1.1\r\nHost: umbral\r\nContent-Length: 1000\r\n\r\nabc"
    async with http_server(head_s=SHORT, request_s=SHORT) as (come, limiter):
        unread, read = [await come() for _ in range(2)]
        await read.say(announced % b"/")
        await unread.say(announced % b"/now")
        assert b"0 bytes" in await unread.answer()
        await unread.say(b"d")
        assert await read.ended()
        assert await unread.ended()
        assert limiter.closures == {"head": 1, "request": 1}
        await until(lambda: not len(limiter))


async def test_idle_connections_are_closed_for_new_requests() -> None:
    async with http_server(ConnectionLimiter(Proxies(), per_address=3, total=5)) as (come, limiter):
        idle = [await come(STRANGER) for _ in range(4)]
        await until(lambda: limiter.closures["address"] == 1)
        assert await idle[0].ended()
        for number in range(6):
            visitor = await come(f"127.0.0.{10 + number}")
            await visitor.say(GET)
            assert b"0 bytes" in await visitor.answer()
        assert limiter.closures["full"] >= 1
        assert len(limiter) <= 5


async def test_trusted_proxy_may_exceed_the_connection_limit_per_address() -> None:
    limiter = ConnectionLimiter(Proxies(OWN_NETWORKS), per_address=1, total=10)
    async with http_server(limiter) as (come, _):
        visitors = [await come() for _ in range(5)]
        for visitor in visitors:
            await visitor.say(GET)
            assert b"0 bytes" in await visitor.answer()
        assert not limiter.closures


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with http_server() as (come, limiter):
        visitor = await come()
        await visitor.say(GET * 1000)
        answers = [await visitor.answer() for _ in range(1000)]
        assert all(b"0 bytes" in answer for answer in answers)
        assert not limiter.closures


async def test_body_interrupted_after_its_answer_causes_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with http_server() as (come, limiter):
        visitor = await come()
        await visitor.say(b"POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert b"0 bytes" in await visitor.answer()
        await visitor.say(b"no length\r\n")
        assert await visitor.ended()
        await until(lambda: not len(limiter))
        assert limiter.closures == {"bad": 1}
    assert not caplog.records


class Wire(asyncio.Transport):
    """Transport that records the data sent, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.sent.append(b"over")

    def abort(self) -> None:
        self.sent.append(b"aborted")


async def test_response_head_and_body_are_sent_in_one_write_without_loss() -> None:
    wire = Wire()
    transport = CoalescingTransport(wire, asyncio.get_running_loop())
    transport.write(b"head ")
    transport.write(b"body")
    assert wire.sent == [b"head body"]
    transport.write(b"alone")
    await asyncio.sleep(0)
    transport.write(b"last")
    transport.close()
    await asyncio.sleep(0)
    assert wire.sent == [b"head body", b"alone", b"last", b"over"]


async def test_connection_whose_client_has_already_disconnected_is_aborted_and_not_counted() -> None:
    limiter, wire = ConnectionLimiter(Proxies(), 100), Wire()
    config = server_config(echo, limiter, host="127.0.0.1", port=0)
    config.load()
    protocol = config.http_protocol_class(config=config, server_state=ServerState(), app_state={})  # type: ignore[call-arg]
    protocol.connection_made(wire)
    assert wire.sent == [b"aborted"]
    protocol.connection_lost(ConnectionResetError())
    assert not len(limiter)
    assert not limiter.closures
