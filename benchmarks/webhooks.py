"""Compare the webhooks per second that the web process stores with the minimum cost of any way to store them.

`python -m benchmarks.webhooks [--seconds 4] [--rounds 5] [--connections 1 32 128] [--without-peer]`

`umbral web` runs unchanged and receives signed events of 4 KB over HTTP. It is compared, in turn and round by round, on
the same fresh PostgreSQL with its default durability, with: (a) raw asyncpg, which commits one row of 4 KB on as many
connections; (b) a variant of the web process that verifies the signature and stores nothing; (c) dj-stripe, which only
verifies and stores; (d) a bare ASGI application that verifies the signature and commits the row and its job. The load
comes from this process, on the same machine. The medians of the rounds are printed, with the smallest and largest
ratio. (c) is omitted, with a notice, if its packages cannot be installed.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from benchmarks.peer import Unavailable, dj_stripe
from benchmarks.processes import start, stop, worked
from benchmarks.rows import Row, say, tell
from subscriptions.bootstrap import migrate
from umbral.demo.loopback import HOST, free_port
from umbral.demo.postgres import EmbeddedPostgres

SIGNING = "whsec_demo_benchmark"
BODY_BYTES = 4096
WARM_S = 1.0
WANTED_AT = 32
"""Number of connections for which a ratio is required."""
NUMBERS = itertools.count(1)
WEB = ("umbral", "web")
PROVING = ("benchmarks.proving",)
STORING = ("benchmarks.storing",)
INSERTED, PROVED, PEER = "(a) a row, raw asyncpg", "(b) the proof alone", "(c) dj-stripe"
BARE, OURS = "(d) a bare application", "umbral web"

Send = Callable[[bytes], Awaitable[None]]
"""Function that delivers one event."""

Opened = Callable[[], AbstractAsyncContextManager[Send]]
"""Function that opens a connection for delivering events."""


@dataclass(frozen=True)
class Result:
    """Result of one round. rate: events per second. p50, p99: latencies in milliseconds. each: CPU milliseconds of the
    server per event.
    """

    rate: float
    p50: float
    p99: float
    each: float | None = None

    def __str__(self) -> str:
        spent = "" if self.each is None else f"   {self.each:5.2f} ms of processor each"
        return f"{self.rate:8.0f}/s   p50 {self.p50:6.1f} ms   p99 {self.p99:6.1f} ms{spent}"


def median(results: Sequence[Result]) -> Result:
    """Return the medians of the rounds, separately for each figure."""
    spent = [result.each for result in results if result.each is not None]
    middle = statistics.median
    rate, p50, p99 = (middle(getattr(one, name) for one in results) for name in ("rate", "p50", "p99"))
    return Result(rate, p50, p99, middle(spent) if spent else None)


def events() -> Iterator[bytes]:
    """Yield events of one kind, each with its own id, as large as real ones. The events are payments, each of which
    leads to a job.
    """
    source: dict[str, Any] = {"id": "cs_1", "object": "checkout.session", "metadata": {"order_id": str(uuid4())}}
    source |= {"amount_total": 2999, "currency": "eur", "payment_status": "paid", "status": "complete"}
    source |= {"mode": "payment", "payment_intent": "pi_1"}
    event: dict[str, Any] = {"object": "event", "api_version": "2026-10-28.endive", "livemode": False}
    event |= {"type": "checkout.session.completed", "created": int(time.time()), "data": {"object": source}}
    event["filler"] = "x" * (BODY_BYTES - len(json.dumps(event)))
    rest = json.dumps(event)[1:].encode()
    for number in NUMBERS:
        yield b'{"id": "evt_%d", ' % number + rest


async def measure(opened: Opened, connections: int, seconds: float, pid: int | None = None) -> Result:
    """Deliver over several connections at once for some seconds. opened: function that opens a connection. pid: pid of
    the server.
    """
    async with AsyncExitStack() as stack:
        senders = [await stack.enter_async_context(opened()) for _ in range(connections)]
        before = worked(pid) if pid is not None else 0.0
        result = await _deliver(senders, seconds)
        spent = None if pid is None else 1000 * (worked(pid) - before) / (result.rate * seconds)
        return replace(result, each=spent)


async def _deliver(senders: Sequence[Send], seconds: float) -> Result:
    supply, took = events(), list[float]()
    began = time.perf_counter()

    async def deliver(one: Send) -> None:
        while time.perf_counter() - began < seconds:
            body, start = next(supply), time.perf_counter()
            await one(body)
            took.append((time.perf_counter() - start) * 1000)

    await asyncio.gather(*(deliver(one) for one in senders))
    cuts = statistics.quantiles(took, n=100)
    return Result(len(took) / (time.perf_counter() - began), cuts[49], cuts[98])


@asynccontextmanager
async def inserting(database_url: str) -> AsyncIterator[Send]:
    """Provide a function that inserts and commits one row: the minimum for durability."""
    connection = await asyncpg.connect(database_url)
    insert = await connection.prepare("INSERT INTO inserted (id, body) VALUES ($1, $2)")

    async def send(body: bytes) -> None:
        await insert.fetch(uuid4(), body)

    try:
        yield send
    finally:
        await connection.close()


class Caller(asyncio.Protocol):
    """HTTP connection for one request at a time. It is minimal, because it shares the processors with the server."""

    def __init__(self) -> None:
        self._said = b""
        self._answered: asyncio.Future[bytes] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the opened transport."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the pending request."""
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(ConnectionError("hung up"))

    def data_received(self, data: bytes) -> None:
        """Complete the request when the body of the answer is complete."""
        self._said += data
        head, end, body = self._said.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if end and len(body) >= int(length or 0) and self._answered is not None:
            self._answered.set_result(self._said)

    async def ask(self, request: bytes) -> bytes:
        """Send a request and return the whole response."""
        self._said, self._answered = b"", asyncio.get_running_loop().create_future()
        if self._transport is not None:
            self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.abort()


@asynccontextmanager
async def over_http(port: int, path: str = "/webhooks/stripe") -> AsyncIterator[Send]:
    """Provide a function that delivers to a web process over a permanent connection."""
    _, caller = await asyncio.get_running_loop().create_connection(Caller, HOST, port)

    async def send(body: bytes) -> None:
        now = int(time.time())
        proof = hmac.new(SIGNING.encode(), b"%d." % now + body, hashlib.sha256).hexdigest()
        head = f"POST {path} HTTP/1.1\r\nHost: umbral\r\nContent-Length: {len(body)}\r\n"
        answer = await caller.ask(f"{head}Stripe-Signature: t={now},v1={proof}\r\n\r\n".encode() + body)
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(repr(answer))

    try:
        yield send
    finally:
        caller.close()


@asynccontextmanager
async def web_process(
    database_url: str, folder: Path, words: Sequence[str] = WEB, **environ: str
) -> AsyncIterator[tuple[int, int]]:
    """Run a separate web process; yield its port and its pid. words: arguments of `python -m`."""
    port = free_port()
    settings = {
        "DATABASE_URL": database_url,
        "FEATURES": "all",
        "WEB_PORT": str(port),
        "WEB_ADDRESS_CONNECTIONS": "1000",
        "OPS_PORT": "0",
        **environ,
        "STRIPE_SECRET_KEY": "sk_test_demo_benchmark",
        "STRIPE_WEBHOOK_SECRET": SIGNING,
        "STRIPE_API_BASE": "http://127.0.0.1:9",
    }
    process = await start(words, folder, settings)
    try:
        yield port, process.pid
    finally:
        await stop(process)


@dataclass(frozen=True)
class Target:
    """Target of deliveries. pid: pid of the process whose CPU time is counted."""

    opened: Opened
    pid: int | None = None


async def compare(database_url: str, folder: Path, options: argparse.Namespace) -> None:
    """Measure all targets in turn, and print the results of each round."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("CREATE TABLE inserted (id uuid PRIMARY KEY, body bytea NOT NULL)")
    await connection.close()
    async with AsyncExitStack() as stack:
        port, pid = await stack.enter_async_context(web_process(database_url, folder))
        bare, bare_pid = await stack.enter_async_context(web_process(database_url, folder, PROVING))
        storing, storing_pid = await stack.enter_async_context(web_process(database_url, folder, STORING))
        targets = {
            INSERTED: Target(lambda: inserting(database_url)),
            PROVED: Target(lambda: over_http(bare), bare_pid),
            BARE: Target(lambda: over_http(storing), storing_pid),
            OURS: Target(lambda: over_http(port), pid),
        }
        try:
            if options.without_peer:
                raise Unavailable("so asked for")
            peer, path, peer_pid = await stack.enter_async_context(dj_stripe(database_url, SIGNING, folder))
            targets[PEER] = Target(lambda: over_http(peer, path), peer_pid)
        except Unavailable as reason:
            say(f"(c) dj-stripe is left out: {reason}")
        for target in targets.values():
            if target.pid is not None:
                await measure(target.opened, max(options.connections), WARM_S)
        for connections in options.connections:
            rounds = list[Mapping[str, Result]]()
            for _ in range(options.rounds):
                rounds.append(
                    {
                        name: await measure(target.opened, connections, options.seconds, target.pid)
                        for name, target in targets.items()
                    }
                )
            report(connections, rounds)


def report(connections: int, rounds: Sequence[Mapping[str, Result]]) -> None:
    """Print the medians and the spread of the rounds."""
    of = {name: median([each[name] for each in rounds]) for name in rounds[0]}
    limit, ours = of[INSERTED], of[OURS]
    reached = f"{ours.rate:.0f}/s, p50 {ours.p50:.0f} ms, p99 {ours.p99:.0f} ms"

    def beside(name: str) -> list[float]:
        return sorted(each[OURS].rate / each[name].rate for each in rounds)

    say(f"{connections:4} connections  {INSERTED:23}  {limit}")
    for name in (PROVED, PEER, BARE):
        if name in of:
            say(f"{'':18}{name:23}  {of[name]}   {of[name].rate / limit.rate:.2f} of (a)")
    ratios = beside(INSERTED)
    spread = f"{ratios[0]:.2f} to {ratios[-1]:.2f}"
    times = f"; {statistics.median(beside(PEER)):.1f} times (c)" if PEER in of else ""
    times += f"; {statistics.median(beside(BARE)):.2f} of (d)"
    say(f"{'':18}{OURS:23}  {ours}   {statistics.median(ratios):.2f} of (a), {spread}{times}")
    at_it = connections == WANTED_AT
    wanted = "≥ 0.30, p99 ≤ 60 ms" if at_it else "–"
    tell(Row(f"webhooks stored, {connections} connections", f"{limit.rate:.0f}/s committed", reached, ratios, wanted))
    simplest = f"{of[BARE].rate:.0f}/s by a bare application"
    tell(
        Row(
            f"the same beside a bare application, {connections}",
            simplest,
            reached,
            beside(BARE),
            "≥ 0.85" if at_it else "–",
        )
    )
    if PEER in of:
        theirs = f"{of[PEER].rate:.0f}/s by dj-stripe, p50 {of[PEER].p50:.0f} ms, p99 {of[PEER].p99:.0f} ms"
        tell(Row(f"the same beside dj-stripe, {connections}", theirs, reached, beside(PEER), "≥ 5" if at_it else "–"))


def main() -> None:
    """Run the benchmark and print the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 32, 128])
    parser.add_argument("--without-peer", action="store_true", help="whose packages are fetched the first time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        server = EmbeddedPostgres(Path(scratch) / "postgres", {"max_connections": str(max(options.connections) + 100)})
        try:
            server.start()
            migrate.upgrade(server.url)
            machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
            say(f"{machine}, {options.rounds} rounds of {options.seconds:g} s")
            asyncio.run(compare(server.url, Path(scratch), options))
        finally:
            server.erase()


if __name__ == "__main__":
    main()
