"""Connections that want too much: endless and slow heads and bodies, and more of them than there is room for."""

from __future__ import annotations

import asyncio
import socket
from itertools import pairwise

import pytest

from tests.support.doorway import GET, PATIENCE_S, SHORT, STRANGER, door, until
from web.addresses import OWN_NETWORKS, Proxies
from web.doorway import AT_ONCE, HEAD_BYTES, Gathered
from web.hall import Hall


async def test_an_endless_head_ends_at_its_limit() -> None:
    async with door() as (come, hall):
        for head in (b"GET / HTTP/1.1\r\nX: ", b"GET /", b"GET / HTTP/1.1\r\n"):
            visitor = await come()
            filler = b"a: b\r\n" * 200 if head.endswith(b"\n") else b"x" * 1200
            await visitor.say(head, *(filler for _ in range(HEAD_BYTES // 1000)))
            assert await visitor.ended()
        await until(lambda: not len(hall))


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
        GET * 1000,
        b"CONNECT /now HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    ],
    ids=[
        *("no host", "two hosts", "nul", "blank", "two kinds of length", "two lengths", "unknown coding", "2", "ahead"),
        "tunnel",
    ],
)
async def test_what_is_no_request_by_the_book_is_none(head: bytes) -> None:
    async with door() as (come, hall):
        visitor = await come()
        await visitor.say(head)
        assert await visitor.ended()
        assert hall.cut == {"bad": 1}


@pytest.mark.parametrize("length", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
async def test_a_body_after_a_proposed_protocol_is_a_body_and_no_request(length: bytes, protocol: bytes) -> None:
    head = b"POST / HTTP/1.1\r\nHost: umbral\r\nConnection: Upgrade\r\nUpgrade: %b\r\n%b\r\n\r\n" % (protocol, length)
    body = b"GET /" if length.startswith(b"Content") else b"5\r\nGET /\r\n0\r\n\r\n"
    async with door() as (come, hall):
        at_once, in_parts = [await come() for _ in range(2)]
        await at_once.say(head + body + head + body)
        assert b"5 bytes" in await at_once.answer()
        assert b"5 bytes" in await at_once.answer()
        await in_parts.say(head[:-2] + b"Expect: 100-continue\r\n\r\n")
        # It says to go on, without a body of its own, once somebody waits for it.
        assert not await in_parts.answer()
        await in_parts.say(body, GET)
        assert b"5 bytes" in await in_parts.answer()
        assert b"0 bytes" in await in_parts.answer()
        assert not hall.cut


async def test_what_follows_a_body_in_chunks_has_a_limit_and_is_no_header() -> None:
    announced = b"POST / HTTP/1.1\r\nHost: umbral\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
    async with door() as (come, hall):
        honest, endless = [await come() for _ in range(2)]
        await honest.say(announced, b"Digest: x\r\n\r\n")
        assert b"3 bytes" in await honest.answer()
        await endless.say(announced, *(b"a: b\r\n" * 200 for _ in range(HEAD_BYTES // 500)))
        assert await endless.ended()
        assert hall.cut == {"bad": 1}


async def test_a_head_that_trickles_is_cut_and_what_is_quick_goes_on() -> None:
    async with door(head_s=SHORT, held_s=SHORT) as (come, hall):
        quick = await come()
        await quick.say(GET + GET)
        slow, silent = [await come() for _ in range(2)]
        await slow.say(b"GET / HTTP/1.1\r\n")
        assert b"0 bytes" in await quick.answer()
        assert b"0 bytes" in await quick.answer()
        assert await slow.ended()
        assert await silent.ended()
        assert hall.cut == {"head": 2}
        # It rests between two requests, for which uvicorn has a limit of its own.
        await quick.say(GET)
        assert b"0 bytes" in await quick.answer()
        # And trickles in its second head.
        await quick.say(b"GET")
        assert await quick.ended()


async def test_a_body_that_never_ends_is_cut_even_where_nobody_reads_it() -> None:
    announced = b"POST %s HTTP/1.1\r\nHost: umbral\r\nContent-Length: 1000\r\n\r\nabc"
    async with door(request_s=SHORT) as (come, hall):
        unread, read = [await come() for _ in range(2)]
        await read.say(announced % b"/")
        await unread.say(announced % b"/now")
        assert b"0 bytes" in await unread.answer()
        assert await read.ended()
        assert await unread.ended()
        assert hall.cut["request"] >= 1
        await until(lambda: not len(hall))


async def test_who_holds_places_without_a_word_makes_room_for_who_asks() -> None:
    async with door(Hall(Proxies(), per_address=3, places=5)) as (come, hall):
        idle = [await come(STRANGER) for _ in range(4)]
        await until(lambda: hall.cut["address"] == 1)
        assert await idle[0].ended()
        for number in range(6):
            visitor = await come(f"127.0.0.{10 + number}")
            await visitor.say(GET)
            assert b"0 bytes" in await visitor.answer()
        assert hall.cut["full"] >= 1
        assert len(hall) <= 5


async def test_a_proxy_has_as_many_connections_as_there_are() -> None:
    hall = Hall(Proxies(OWN_NETWORKS), per_address=1, places=10)
    async with door(hall) as (come, _):
        visitors = [await come() for _ in range(5)]
        for visitor in visitors:
            await visitor.say(GET)
            assert b"0 bytes" in await visitor.answer()
        assert not hall.cut


class Wire(asyncio.Transport):
    """What is sent, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        self.sent.append(b"over")


async def test_an_answer_is_sent_in_one_piece_and_nothing_is_lost() -> None:
    wire = Wire()
    gathered = Gathered(wire, asyncio.get_running_loop())
    gathered.write(b"head ")
    gathered.write(b"body")
    assert wire.sent == [b"head body"]
    gathered.write(b"alone")
    await asyncio.sleep(0)
    gathered.write(b"last")
    gathered.close()
    await asyncio.sleep(0)
    assert wire.sent == [b"head body", b"alone", b"last", b"over"]


async def test_of_a_crowd_a_handful_comes_in_at_a_time() -> None:
    async with door() as (come, hall), asyncio.timeout(PATIENCE_S):
        # While the loop stands still, it is the system that lets them wait.
        place = "127.0.0.1", (await come()).port
        crowd = [socket.create_connection(place, PATIENCE_S) for _ in range(5 * AT_ONCE)]
        came = [len(hall)]
        while came[-1] <= len(crowd):
            await asyncio.sleep(0)
            came.append(len(hall))
        assert max(later - before for before, later in pairwise(came)) <= AT_ONCE
        for visitor in crowd:
            visitor.close()
