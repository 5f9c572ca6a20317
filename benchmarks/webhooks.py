"""How many webhooks a second the web process stores, beside the least that could do the same work.

`python -m benchmarks.webhooks [--seconds 5] [--rounds 3] [--connections 32]`

Baseline (b): one inbox row and one pgqueuer job in one transaction through raw asyncpg, no HTTP, no signature, no
reading of the event. Ours: `umbral web` as it is, over HTTP with signed events of 4 KB. Both alternate on the same
fresh PostgreSQL with its usual durability; the load comes from this process, on the same machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import stripe
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries

from subscriptions.bootstrap import migrate
from umbral.demo.loopback import HOST, free_port
from umbral.demo.postgres import EmbeddedPostgres

SIGNING = "whsec_demo_benchmark"
BODY_BYTES = 4096
START_S = 30
NUMBERS = itertools.count(1)

Send = Callable[[bytes], Awaitable[None]]
"""Delivers one event."""

Opened = Callable[[], AbstractAsyncContextManager[Send]]
"""A connection over which events are delivered."""


@dataclass(frozen=True)
class Result:
    """One round. rate: a second; p50, p99: milliseconds."""

    rate: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.rate:8.0f}/s   p50 {self.p50:6.1f} ms   p99 {self.p99:6.1f} ms"


def events() -> Iterator[bytes]:
    """Events of one kind, each with an id of its own, as large as real ones."""
    source: dict[str, Any] = {"id": "cs_1", "object": "checkout.session", "metadata": {"order_id": "o", "filler": ""}}
    source |= {"amount_total": 2999, "currency": "eur", "payment_status": "paid", "status": "complete"}
    event: dict[str, Any] = {"object": "event", "api_version": "2026-10-28.endive", "livemode": False}
    event |= {"type": "checkout.session.completed", "created": int(time.time()), "data": {"object": source}}
    event["filler"] = "x" * (BODY_BYTES - len(json.dumps(event)))
    for number in NUMBERS:
        yield json.dumps({"id": f"evt_{number}"} | event).encode()


async def measure(opened: Opened, connections: int, seconds: float) -> Result:
    """Deliver over several connections at once for some seconds. opened: opens one connection."""
    async with AsyncExitStack() as stack:
        senders = [await stack.enter_async_context(opened()) for _ in range(connections)]
        return await _deliver(senders, seconds)


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
async def baseline(database_url: str) -> AsyncIterator[Send]:
    """Stores event and job with the least that does."""
    connection = await asyncpg.connect(database_url)
    queries = Queries(AsyncpgDriver(connection))

    async def send(body: bytes) -> None:
        key = uuid4()
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO webhook_inbox (id, provider, event_key, event, body, status, attempts, received_at)"
                " VALUES ($1, 'b', $2, '{}', $3, 'pending', 0, now()) ON CONFLICT DO NOTHING",
                key,
                str(key),
                body,
            )
            await queries.enqueue("baseline", json.dumps({"inbox_id": str(key)}).encode())

    try:
        yield send
    finally:
        await connection.close()


@asynccontextmanager
async def over_http(port: int) -> AsyncIterator[Send]:
    """Delivers to the web process over a connection that stays open."""
    reader, writer = await asyncio.open_connection(HOST, port)

    async def send(body: bytes) -> None:
        signature = stripe.WebhookSignature.generate_signature_header(body.decode(), SIGNING)
        head = f"POST /webhooks/stripe HTTP/1.1\r\nHost: umbral\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Stripe-Signature: {signature}\r\n\r\n".encode() + body)
        status = await reader.readline()
        length = 0
        while (line := await reader.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = await reader.readexactly(length)
        if b" 200 " not in status:
            raise RuntimeError(f"{status!r} {answer!r}")

    try:
        yield send
    finally:
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def web_process(database_url: str, folder: Path, **environ: str) -> AsyncIterator[tuple[int, int]]:
    """`umbral web` as a process of its own; its port, and its id."""
    port, ready = free_port(), folder / "ready"
    settings = {
        "DATABASE_URL": database_url,
        "WEB_PORT": str(port),
        "OPS_PORT": "0",
        **environ,
        "READY_FILE": str(ready),
        "STRIPE_SECRET_KEY": "sk_test_demo_benchmark",
        "STRIPE_WEBHOOK_SECRET": SIGNING,
        "STRIPE_API_BASE": "http://127.0.0.1:9",
    }
    with (folder / "web.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "umbral", "web", env={"PATH": os.environ["PATH"], **settings}, stderr=log
        )
    try:
        for _ in range(START_S * 20):
            if ready.exists() or process.returncode is not None:
                break
            await asyncio.sleep(0.05)
        yield port, process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def compare(database_url: str, folder: Path, options: argparse.Namespace) -> None:
    """Alternate both and print every round."""
    ratios = []
    async with web_process(database_url, folder) as (port, _):
        for number in range(1, options.rounds + 1):
            least = await measure(lambda: baseline(database_url), options.connections, options.seconds)
            ours = await measure(lambda: over_http(port), options.connections, options.seconds)
            ratios.append(ours.rate / least.rate)
            say(f"round {number}  (b) inbox + job, raw asyncpg   {least}")
            say(f"         umbral web, signed, over HTTP  {ours}   ratio {ratios[-1]:.2f}")
    say(f"median ratio {statistics.median(ratios):.2f}")


def say(line: str) -> None:
    """One line of the report."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        server = EmbeddedPostgres(Path(scratch) / "postgres")
        try:
            server.start()
            migrate.upgrade(server.url)
            say(f"{os.cpu_count()} cores, {options.connections} connections, {options.seconds:g} s a round")
            asyncio.run(compare(server.url, Path(scratch), options))
        finally:
            server.erase()


if __name__ == "__main__":
    main()
