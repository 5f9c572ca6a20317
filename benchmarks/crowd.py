"""Measure the response time of the Mini App while many clients flood its sign-in.

`python -m benchmarks.crowd [--rounds 3] [--seconds 8] [--at-once 40]`

`umbral web` runs unchanged, with a fresh PostgreSQL. One customer opens the Mini App's screen repeatedly, with initData
signed as Telegram signs it: first without other traffic, then while another process floods the same URL from two
hundred addresses of this machine, over --at-once connections. There are three floods: initData signed with another
bot's token, forged cookies, and valid initData of one other person. Each flood uses separate addresses, so that the
rate limits of one flood do not affect the next. The measurement is repeated in rounds; the 99th percentile is that of
all rounds together. The flooding process runs on one processor; the web process, its database and the customer share
another one, also when there is no flood.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.flood import OURS, PAUSE_S, THEIRS, Waits, ask
from benchmarks.processes import another, worked
from benchmarks.rows import Row, say, tell
from benchmarks.webhooks import web_process
from subscriptions.bootstrap import migrate
from subscriptions.bootstrap.setting_up import settings_from_token
from tests.support.mini_app import BOT_TOKEN, init_data
from umbral.demo.loopback import HOST
from umbral.demo.postgres import EmbeddedPostgres

ME: Final = "benchmarks.crowd"
ADDRESSES: Final = 200
AT_LEAST: Final = 20
"""Minimum number of requests per round, however long they take. With fewer requests, the 99th percentile is
meaningless.
"""
CUSTOMER, GREEDY = 7001, 7002
BEGINS_S: Final = 1.0
"""Time in seconds until the flood is connected."""


def screen(authorization: str, cookie: str = "") -> bytes:
    """Return the bytes of a request for the Mini App's screen."""
    head = f"GET /app/screen HTTP/1.1\r\nHost: umbral\r\nConnection: close\r\nAuthorization: {authorization}\r\n"
    return f"{head}Cookie: umbral_app={cookie}\r\n\r\n".encode()


def signed(person: int, token: str = BOT_TOKEN) -> bytes:
    """Return the bytes of a request for the Mini App's screen, with a person's initData signed with this bot token."""
    return screen(f"tma {init_data(person, datetime.now(UTC), token=token)}")


CROWDS: Final[Mapping[str, Callable[[], bytes]]] = {
    "forged data": partial(signed, CUSTOMER, "654321:AAnotherBotsToken"),
    "forged cookies": lambda: screen("visit", f"visit.{'0' * 64}"),
    "one person's own data": partial(signed, GREEDY),
}


async def flood(port: int, crowd: str, at_once: int, turn: int) -> None:
    """Send requests until terminated.

    crowd: kind of the flood.
    turn: number of the flood, which determines its addresses.
    """
    numbers, message = itertools.count(), CROWDS[crowd]()

    async def one() -> None:
        while True:
            with suppress(OSError):
                await ask(port, message, f"127.7.{turn}.{1 + next(numbers) % ADDRESSES}")

    say("it floods")
    await asyncio.gather(*(one() for _ in range(at_once)))


async def customer(port: int, seconds: float) -> Waits:
    """Open the screen repeatedly, for at least this number of seconds."""
    ends, waits = time.perf_counter() + seconds, Waits()
    while time.perf_counter() < ends or len(waits.took) < AT_LEAST:
        await waits.measure(ask(port, signed(CUSTOMER)))
        await asyncio.sleep(PAUSE_S)
    return waits


async def measure(database_url: str, folder: Path, options: argparse.Namespace) -> None:
    """Measure without other traffic, then with each flood, in rounds."""
    settings = {**settings_from_token(BOT_TOKEN), "WEB_PROXIES": HOST}
    async with web_process(database_url, folder, **settings) as (port, pid):
        await customer(port, 2)
        quiet, floods = Waits(), {crowd: Waits() for crowd in CROWDS}
        ratios: dict[str, list[float]] = {crowd: [] for crowd in CROWDS}
        turns = itertools.count()
        for _ in range(options.rounds):
            calm = await customer(port, options.seconds)
            quiet.add(calm)
            for crowd, together in floods.items():
                async with another(ME, port=port, crowd=crowd, at_once=options.at_once, turn=next(turns)):
                    await asyncio.sleep(BEGINS_S)
                    before, began = worked(pid), time.perf_counter()
                    waits = await customer(port, options.seconds)
                    busy = 100 * (worked(pid) - before) / (time.perf_counter() - began)
                together.add(waits)
                ratios[crowd].append(waits.p99 / calm.p99)
                say(f"{crowd:21} {waits}   web {busy:.0f} % of a processor, refused {len(waits.refused)}")
        say(f"{'in quiet':21} {quiet}")
        for crowd, waits in floods.items():
            say(f"{crowd:21} {waits}   {waits.p99 / quiet.p99:.2f} of quiet, refused {len(waits.refused)}")
            work = f"the Mini App's screen while {options.at_once} at a time send {crowd}"
            ours = f"p99 {waits.p99:.1f} ms, refused {len(waits.refused)}"
            tell(Row(work, f"p99 {quiet.p99:.1f} ms in quiet", ours, ratios[crowd]))


def main() -> None:
    """Run the benchmark and print the results; with a port, only flood that port."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--at-once", "--at_once", type=int, default=40)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--crowd", choices=CROWDS, help=argparse.SUPPRESS)
    parser.add_argument("--turn", type=int, default=0, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.sched_setaffinity(0, {THEIRS if options.port else OURS})
    if options.port:
        asyncio.run(flood(options.port, options.crowd, options.at_once, options.turn))
        return
    with tempfile.TemporaryDirectory() as scratch:
        server = EmbeddedPostgres(Path(scratch) / "postgres")
        try:
            server.start()
            migrate.upgrade(server.url)
            gc.freeze()
            asyncio.run(measure(server.url, Path(scratch), options))
        finally:
            server.erase()


if __name__ == "__main__":
    main()
