"""Measure the response times of a genuine visitor and a genuine webhook while attackers flood the web process.

`python -m benchmarks.flood [--rounds 3] [--seconds 10] [--trickling 1000] [--forged 2000]`

`umbral web` runs unchanged, over a fresh PostgreSQL. One visitor loads the page and one provider delivers a signed
event, both repeatedly: first without other traffic, then while a second process attacks from other addresses of this
machine, with connections that trickle, request heads that never end, clients that hammer `/` and `/metrics`, and forged
webhooks. All traffic is on loopback and bounded. The measurement runs in rounds, and the slowest hundredth is that of
all rounds together, because disk speed changes within minutes.

Real attackers use their own machines. So the attackers get one processor, and the web process, its database and the
genuine clients get another, also without other traffic; with a single processor they share it. For comparison, the
attack is first aimed at a bare server on the attackers' processor that refuses everything: the response times during
that attack are noise of the attackers, and only the difference is due to the web process. The attack is also aimed at a
server on the web's processor that accepts every connection and never answers: no server can do less, so its times are
the minimum. The wake-up delay of the genuine clients' process is printed too, because it is part of their times but not
caused by the web process. The cost of each kind of request for the web process is printed first.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import os
import re
import socket
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import stripe

from benchmarks.processes import another, peak_of, worked
from benchmarks.rows import say
from benchmarks.webhooks import SIGNING, events, web_process
from subscriptions.bootstrap import migrate
from umbral.demo.loopback import HOST, free_port
from umbral.demo.postgres import EmbeddedPostgres

ME = "benchmarks.flood"
PAUSE_S = 0.02
NAP_S = 0.005
ENDLESS = 40
HAMMERING = 40
FORGING = 40
TRICKLE_S = 2.0
ANSWER_S = 30.0
AFTER_S = 12.0
BARE_S, COSTED = (
    0.4,
    300,
)  # The number of clients that the bare server can answer at the rate permitted by the web process.
THEIRS, OURS = 0, (os.cpu_count() or 1) - 1
"""Processor of the attackers, and processor of all other processes."""
GET = b"GET %s HTTP/1.1\r\nHost: umbral\r\nConnection: close\r\n\r\n"


async def ask(port: int, message: bytes, source: str = HOST) -> bytes:
    """Send a message over a new connection and return the whole response; empty if there was none."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(ANSWER_S):
            reader, writer = await asyncio.open_connection(HOST, port, local_addr=(source, 0))
            try:
                writer.write(message)
                return await reader.read()
            finally:
                writer.close()
    return b""


def delivery(body: bytes, secret: str) -> bytes:
    """Return a webhook as Stripe sends it."""
    signature = stripe.WebhookSignature.generate_signature_header(body.decode(), secret)
    head = f"POST /webhooks/stripe HTTP/1.1\r\nHost: umbral\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Stripe-Signature: {signature}\r\n\r\n".encode() + body


@dataclass
class Waits:
    """Response times in milliseconds, and the number of responses other than 200."""

    took: list[float] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)

    async def measure(self, answer: Awaitable[bytes]) -> None:
        began = time.perf_counter()
        said = await answer
        self.took.append((time.perf_counter() - began) * 1000)
        if b" 200 " not in said[:20]:
            self.refused.append(said[:60])

    def add(self, others: Waits) -> None:
        """Add the response times of another round."""
        self.took += others.took
        self.refused += others.refused

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.took, n=100)[98]

    def __str__(self) -> str:
        return f"{len(self.took):5} asked, p50 {statistics.median(self.took):6.1f} ms, p99 {self.p99:7.1f} ms"


Three = tuple[Waits, Waits, Waits]


async def innocent(port: int, seconds: float) -> Three:
    """Act as the genuine clients for some seconds: request a visitor's page and deliver an event repeatedly, and
    measure the wake-up delay of this process. Return the response times.
    """
    ends, supply = time.perf_counter() + seconds, events()
    pages, webhooks, woken = Waits(), Waits(), Waits()

    async def again(waits: Waits, message: Callable[[], bytes]) -> None:
        while time.perf_counter() < ends:
            await waits.measure(ask(port, message()))
            await asyncio.sleep(PAUSE_S)

    async def sleep_again() -> None:
        while (began := time.perf_counter()) < ends:
            await asyncio.sleep(NAP_S)
            woken.took.append((time.perf_counter() - began - NAP_S) * 1000)

    visits = again(pages, lambda: GET % b"/"), again(webhooks, lambda: delivery(next(supply), SIGNING))
    await asyncio.gather(*visits, sleep_again())
    return pages, webhooks, woken


class Attack:
    """All kinds of attack at once, from addresses that the genuine clients do not use."""

    def __init__(self, port: int, ops_port: int, seconds: float, turn: int) -> None:
        """Create the attack. turn: number of the attack. Each attack uses separate addresses, so that the rate limits
        of one do not affect the next.
        """
        self._port, self._ops_port, self._turn = port, ops_port, turn
        self._ends = time.perf_counter() + seconds

    async def run(self, trickling: int, forged: int) -> None:
        """Attack until the time is over. trickling, forged: numbers of trickling connections and of forged webhooks."""
        supply, left, source = events(), iter(range(forged)), partial(address_of, self._turn)
        say("it attacks")
        async with AsyncExitStack() as stack:
            group = await stack.enter_async_context(asyncio.TaskGroup())
            for number in range(trickling):
                group.create_task(self._trickle(source(1, number)))
            for number in range(ENDLESS):
                group.create_task(self._again(self._endless, source(2, number)))
            for number in range(HAMMERING):
                group.create_task(self._again(partial(ask, self._port, GET % b"/"), source(3, number)))
                group.create_task(self._again(partial(ask, self._ops_port, GET % b"/metrics"), source(4, number)))
            for number in range(FORGING):
                group.create_task(self._forge(source(5, number), left, supply))

    async def _again(self, once: Callable[[str], Awaitable[object]], address: str) -> None:
        while time.perf_counter() < self._ends:
            await once(address)

    async def _forge(self, address: str, left: Iterator[int], supply: Iterator[bytes]) -> None:
        for _ in left:
            if time.perf_counter() > self._ends:
                return
            await ask(self._port, delivery(next(supply), "whsec_of_somebody_else"), address)

    async def _trickle(self, address: str) -> None:
        while time.perf_counter() < self._ends:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(HOST, self._port, local_addr=(address, 0))
                try:
                    writer.write(b"GET / HTTP/1.1\r\nX: ")
                    while time.perf_counter() < self._ends:
                        writer.write(b"x")
                        await writer.drain()
                        await asyncio.sleep(TRICKLE_S)
                finally:
                    writer.close()
            await asyncio.sleep(TRICKLE_S)

    async def _endless(self, address: str) -> None:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(HOST, self._port, local_addr=(address, 0))
            try:
                writer.write(b"GET / HTTP/1.1\r\nX: ")
                while time.perf_counter() < self._ends:
                    writer.write(b"x" * 4096)
                    await writer.drain()
                    await asyncio.sleep(0.01)
            finally:
                writer.close()
        await asyncio.sleep(0.1)


def address_of(turn: int, kind: int, number: int) -> str:
    """Return one of the twenty addresses of this machine for a kind of attack."""
    return f"127.{turn}.{kind}.{1 + number % 20}"


async def refuse(ports: Iterable[int]) -> None:
    """Run a server that reads a request head and refuses the request, until terminated."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(BARE_S)
            writer.write(b"HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\n\r\n")
            await writer.drain()
        writer.close()

    for port in ports:
        await asyncio.start_server(once, HOST, port, limit=16 * 1024)
    say("it refuses")
    await asyncio.Event().wait()


async def let_in(ports: Iterable[int]) -> None:
    """Run a server that accepts every connection and reads nothing, until terminated."""
    loop, kept = asyncio.get_running_loop(), list[socket.socket]()

    def take(listener: socket.socket) -> None:
        with suppress(BlockingIOError):
            kept.append(listener.accept()[0])

    for port in ports:
        listener = socket.create_server((HOST, port), backlog=2048)
        listener.setblocking(False)
        kept.append(listener)
        loop.add_reader(listener, take, listener)
    say("it lets in")
    await asyncio.Event().wait()


async def under_attack(
    port: int, aimed: tuple[int, int], web: int, turn: int, options: argparse.Namespace
) -> tuple[Three, str]:
    """Measure the genuine clients at `port` while another process attacks the ports `aimed`. Return the response times,
    and the processor time of each side as text. web: pid of the web process.
    """
    reported = {"trickling": options.trickling, "forged": options.forged, "seconds": options.seconds + 4, "turn": turn}
    async with another(ME, port=aimed[0], ops=aimed[1], **reported) as attacker:
        await asyncio.sleep(3)  # Time until the connections are open.
        began = worked(web), worked(attacker)
        waits = await innocent(port, options.seconds)
        each = (
            100 * (worked(pid) - before) / options.seconds for pid, before in zip((web, attacker), began, strict=True)
        )
        return waits, "web {:.0f} %, attackers {:.0f} % of a processor".format(*each)


async def costs(port: int, ops: int, pid: int) -> None:
    """Print the cost of each kind of request for the web process."""
    supply = events()
    things: dict[str, Callable[[int], Awaitable[bytes]]] = {
        "a page": lambda _: ask(port, GET % b"/"),
        "the figures": lambda number: ask(ops, GET % b"/metrics", f"127.0.9.{1 + number % 200}"),
        "a genuine webhook": lambda _: ask(port, delivery(next(supply), SIGNING)),
        "a forged one": lambda number: ask(port, delivery(next(supply), "whsec_x"), f"127.0.8.{1 + number % 200}"),
        "no request at all": lambda number: ask(port, b"nonsense\r\n\r\n", f"127.0.6.{1 + number % 200}"),
    }
    for name, once in things.items():
        before = worked(pid)
        for number in range(COSTED):
            await once(number)
        say(f"{name:18} {(worked(pid) - before) * 1000 / COSTED:5.2f} ms of a processor")


async def measure(database_url: str, folder: Path, options: argparse.Namespace) -> None:
    """Measure without traffic and under attack, and report the costs."""
    ops, bare = free_port(), (free_port(), free_port())
    settings = {"OPS_PORT": str(ops), "WEB_PROXIES": HOST}
    async with web_process(database_url, folder, **settings) as (port, pid):
        await innocent(port, 2)
        await costs(port, ops, pid)
        quiet, noise, floor, attacked = three(), three(), three(), three()
        before = 0
        for turn in range(1, options.rounds + 1):
            gather(quiet, await innocent(port, options.seconds))
            before = before or peak_of(pid)
            for name, mode, all_of_them in (("a bare server", "refuse", noise), ("a mute one", "let_in", floor)):
                async with another(ME, **{mode: f"{bare[0]},{bare[1]}"}):
                    waits, who = await under_attack(port, bare, pid, turn, options)
                    gather(all_of_them, waits)
                    say(f"attack on {name}: {who}")
            waits, who = await under_attack(port, (port, ops), pid, turn, options)
            gather(attacked, waits)
            say(f"attack on the web: {who}")
            # Wait until the attack's connections have been closed, so that each round starts without traffic.
            await asyncio.sleep(AFTER_S)
        named = zip(("page", "webhook", "woken"), quiet, noise, floor, attacked, strict=True)
        for what, calm, near, mute, loud in named:
            say(f"{what:8} quiet   {calm}")
            say(f"{what:8} noise   {near}   {near.p99 / calm.p99:.2f} of quiet")
            say(f"{what:8} floor   {mute}   {mute.p99 / calm.p99:.2f} of quiet")
            ratios = f"{loud.p99 / calm.p99:.2f} of quiet, {loud.p99 / mute.p99:.2f} of the floor"
            say(f"{what:8} attack  {loud}   {ratios}   refused {len(loud.refused)}")
            for refusal in itertools.islice(loud.refused, 3):
                say(f"         refused with {refusal!r}")
        say(f"web: {before} MB at most in quiet, {peak_of(pid)} MB under attack")
        figures = (await ask(ops, GET % b"/metrics")).decode()
        cut = re.findall(r'^umbral_web_connections_cut_total\{why="(.+)$', figures, re.M)
        say("connections cut: " + ", ".join(cut))


def ports(said: str) -> list[int]:
    """Parse ports that are separated by commas."""
    return [int(port) for port in said.split(",")]


def three() -> Three:
    """Return empty response times for a page, a webhook and the wake-up delay."""
    return Waits(), Waits(), Waits()


def gather(all_of_them: Three, round_: Three) -> None:
    """Add the response times of one more round to the response times of all rounds."""
    for together, one in zip(all_of_them, round_, strict=True):
        together.add(one)


def main() -> None:
    """Run the benchmark and print the results; with ports, only attack or serve as the target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--trickling", type=int, default=1000)
    parser.add_argument("--forged", type=int, default=2000)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--ops", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--turn", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--refuse", type=ports, help=argparse.SUPPRESS)
    parser.add_argument("--let_in", type=ports, help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.sched_setaffinity(0, {THEIRS if options.refuse or options.port else OURS})
    if options.refuse:
        asyncio.run(refuse(options.refuse))
    elif options.let_in:
        asyncio.run(let_in(options.let_in))
    elif options.port:
        attack = Attack(options.port, options.ops, options.seconds, options.turn)
        asyncio.run(attack.run(options.trickling, options.forged))
    else:
        benchmark(options)


def benchmark(options: argparse.Namespace) -> None:
    """Run the benchmark on a new database."""
    with tempfile.TemporaryDirectory() as scratch:
        server = EmbeddedPostgres(Path(scratch) / "postgres")
        try:
            server.start()
            migrate.upgrade(server.url)
            rounds = f"{options.rounds} rounds of {options.seconds:g} s"
            say(f"{os.cpu_count()} cores, {options.trickling} trickle, {options.forged} forged, {rounds}")
            # Otherwise garbage collection stops this process for forty milliseconds at times, and its clients with it.
            gc.freeze()
            asyncio.run(measure(server.url, Path(scratch), options))
        finally:
            server.erase()


if __name__ == "__main__":
    main()
