"""Processes that wait for the states of features, follow a switch, and record their loaded features."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from subscriptions.application.alarms.watch_clock import LOOK_EVERY
from subscriptions.infrastructure.jobs.worker import EVICTION_SECONDS, WorkerLimits
from tests.integration.features.conftest import RAFFLE, Shop
from tests.support.features import write_feature
from tests.support.operator_cli import Terminal
from tests.support.website import ENVIRON
from umbral.demo.loopback import free_port

PATIENCE_S = 90.0


async def eventually(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """Wait for the first truthy result of `look`, and return it."""
    end = time.monotonic() + PATIENCE_S
    while not (found := await look()):
        assert time.monotonic() < end, what
        await asyncio.sleep(0.1)
    return found


class Running:
    """A running process of the product."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process, self._folder = process, folder

    @property
    def said(self) -> str:
        """Return the whole log."""
        return (self._folder / "log").read_text()

    async def is_ready(self) -> bool:
        """Return True if the process is ready."""
        assert self.process.returncode is None, self.said
        return (self._folder / "ready").exists()


@asynccontextmanager
async def running(name: str, folder: Path, shop: Shop, **environ: str) -> AsyncIterator[Running]:
    """Start `umbral NAME`, without waiting until it is ready."""
    ports = {"WEB_PORT": str(free_port()), "OPS_PORT": str(free_port()), "READY_FILE": str(folder / "ready")}
    settings = {**ENVIRON, **ports, "DATABASE_URL": shop.url, "PYTHONPATH": os.pathsep.join(sys.path[:1]), **environ}
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "umbral", name, env={"PATH": os.environ["PATH"], **settings}, stdout=log, stderr=log
        )
    try:
        yield Running(process, folder)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), PATIENCE_S)


async def noted(shop: Shop) -> Mapping[str, str]:
    """Return the features that the newest run of each process recorded as loaded, by process."""
    rows = await shop.fetch("SELECT process, features FROM process_features ORDER BY seen_at")
    return {row["process"]: row["features"] for row in rows}


def test_process_stops_within_twenty_seconds_after_a_feature_switch() -> None:
    """A process checks the states and then stops as on SIGTERM within 20 of the 30 seconds; 10 seconds remain for its
    start.
    """
    stops = WorkerLimits().grace + timedelta(seconds=EVICTION_SECONDS)

    assert LOOK_EVERY + stops <= timedelta(seconds=20)


@pytest.mark.parametrize("name", ["web", "worker"])
async def test_process_restarts_with_the_same_id_after_a_feature_is_switched_off(
    name: str, shop: Shop, tmp_path: Path
) -> None:
    terminal = Terminal({"DATABASE_URL": shop.url})
    async with running(name, tmp_path, shop, FEATURES="mcp") as process:

        async def has_mcp() -> bool:
            return "mcp" in (await noted(shop)).get(name, "")

        async def has_no_mcp() -> bool:
            return "mcp" not in (await noted(shop)).get(name, "mcp")

        await eventually(has_mcp, "the process notes its features")
        switched = await terminal.run("features", "off", "mcp")
        assert (switched.status, switched.out) == (0, "mcp is off.\n"), switched.err
        await eventually(has_no_mcp, "the process starts again without the feature")
        owners = [row["owner"] for row in await shop.fetch("SELECT owner FROM process_features")]
        assert process.process.returncode is None
        assert process.said.count("starting") == 2
        assert process.said.count("stopped") == 1
        assert {owner.split(":")[1] for owner in owners} == {str(process.process.pid)}
        process.process.terminate()
        assert await asyncio.wait_for(process.process.wait(), PATIENCE_S) == 0


async def test_process_waits_until_the_feature_states_are_readable(site: Path, shop: Shop, tmp_path: Path) -> None:
    write_feature(site, "raffle", RAFFLE)
    await shop.execute("CREATE TABLE raffles (id int PRIMARY KEY, drawn boolean NOT NULL)")
    async with running("worker", tmp_path, shop) as worker:

        async def waits() -> bool:
            return "the database does not know raffle yet: run `umbral migrate`" in worker.said

        await eventually(waits, "it says why it waits")
        assert not await worker.is_ready()
        shop.migrate()
        await eventually(worker.is_ready, "it works once the states can be read")


async def test_waiting_process_stops_on_request(site: Path, shop: Shop, tmp_path: Path) -> None:
    write_feature(site, "raffle")
    async with running("worker", tmp_path, shop) as worker:

        async def waits() -> bool:
            return "waits" in worker.said

        await eventually(waits, "it says why it waits")
        worker.process.terminate()
        assert await asyncio.wait_for(worker.process.wait(), PATIENCE_S) == 0
        assert "Traceback" not in worker.said


async def test_job_without_a_loaded_handler_remains_queued_and_is_counted(raffle_shop: Shop, tmp_path: Path) -> None:
    await raffle_shop.execute(
        "INSERT INTO pgqueuer (priority, status, entrypoint, payload)"
        " VALUES (0, 'queued', 'raffle.draw', '{}'), (0, 'queued', 'core.run_due_nowhere', '{}')"
    )
    async with running("worker", tmp_path, raffle_shop, FEATURES="none") as worker:
        await eventually(worker.is_ready, "the worker works")

        async def has_noted() -> Mapping[str, str]:
            return await noted(raffle_shop)

        assert await eventually(has_noted, "it notes its features") == {"worker": "raffle 1.2.3 draining"}
    rows = await raffle_shop.fetch("SELECT status::text FROM pgqueuer WHERE entrypoint = 'raffle.draw'")
    assert rows == [{"status": "queued"}]
    assert await raffle_shop.left(FEATURES="none") == {"raffle": {"jobs": 1}}
