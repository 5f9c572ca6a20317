"""Who is held: they keep their place, and nothing of them is read."""

from __future__ import annotations

from tests.support.doorway import GET, SHORT, STRANGER, Visitor, door, until
from web.addresses import OWN_NETWORKS, Proxies
from web.hall import Hall


async def test_who_goes_on_with_what_is_no_request_is_not_let_in_for_a_while() -> None:
    hall, stranger = Hall(Proxies(), 100, now=lambda: 0.0), b"\x16\x03\x01 no request\r\n\r\n"
    async with door(hall, held_s=0.4) as (come, _):
        for _ in range(12):
            visitor = await come(STRANGER)
            await visitor.say(stranger)
            assert await visitor.ended()
        assert hall.cut["again"] >= 1
        other = await come()
        await other.say(GET)
        assert b"0 bytes" in await other.answer()


async def test_who_is_not_let_in_is_left_waiting_unread_and_goes_on_once_that_is_over() -> None:
    now = 0.0
    hall = Hall(Proxies(), 100, now=lambda: now)
    async with door(hall, held_s=SHORT) as (come, _):
        for _ in range(12):
            hall.blame(STRANGER)
        visitor = await come(STRANGER)
        await until(lambda: hall.cut["again"] == 1)
        # Who hurries back costs more than who waits: it is not cut.
        assert len(hall) == 1
        now += 60
        await visitor.say(GET)
        assert b"0 bytes" in await visitor.answer()
        assert hall.cut == {"again": 1}


async def test_a_head_without_end_keeps_its_place_unread_until_it_is_wanted() -> None:
    hall = Hall(Proxies(), per_address=100, places=3)
    async with door(hall, head_s=2) as (come, _):
        trickling = list[Visitor]()
        for _ in range(3):
            trickling.append(await come(STRANGER))
            await trickling[-1].say(b"GET / HTTP/1.1\r\nX: ")
        await until(lambda: hall.cut["head"] == 3)
        assert len(hall) == 3
        for number in range(2):
            visitor = await come(f"127.0.0.{10 + number}")
            await visitor.say(GET)
            assert b"0 bytes" in await visitor.answer()
        assert await trickling[0].ended()
        assert await trickling[1].ended()
        # Nothing is counted twice.
        assert hall.cut == {"head": 3}


async def test_a_proxys_head_without_end_is_cut_for_it_serves_whoever_is_next() -> None:
    async with door(Hall(Proxies(OWN_NETWORKS), per_address=100), head_s=SHORT) as (come, hall):
        visitor = await come()
        await visitor.say(b"GET / HTTP/1.1\r\n")
        assert await visitor.ended()
        assert hall.cut == {"head": 1}
        assert not len(hall)
