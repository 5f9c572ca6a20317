"""Real processes: one process is killed or frozen while it creates a channel, and another takes over."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from subscriptions.domain.entities.channel import Channel
from tests.integration.userbot.conftest import Office, eventually
from tests.support.features import EVERY
from tests.support.telethon_accounts import API_HASH

STOPPED_IN = 90.0
"""Maximum stopping time in seconds: 10 for work in progress, 12 for a connection that Telegram has not closed, 15 for
jobs, and a reserve for a busy machine.
"""


def environment(office: Office, database_url: str, ready: Path) -> dict[str, str]:
    sandbox = office.sandbox
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "CLOCK_URL": f"{sandbox.url}/control/clock",
        "BRAND_NAME": "Retador",
        "FEATURES": EVERY,
        "SESSION_KEY": office.accounts.session_key,
        "TELEGRAM_API_ID": "1",
        "TELEGRAM_API_HASH": API_HASH,
        "TELEGRAM_MTPROTO_DC": f"{sandbox.mtproto_host}:{sandbox.mtproto_port}",
        "TELEGRAM_MTPROTO_PUBLIC_KEY": str(sandbox.mtproto_public_key),
        "READY_FILE": str(ready),
    }


@asynccontextmanager
async def process(office: Office, database_url: str, ready: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a userbot process and wait until it is ready."""
    log = ready.with_suffix(".log").open("wb")
    with log:
        running = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "umbral",
            "userbot",
            env=environment(office, database_url, ready),
            stdout=log,
            stderr=log,
        )
        try:
            await eventually(ready.exists)
            yield running
        finally:
            if running.returncode is None:
                running.terminate()
            await asyncio.wait_for(running.wait(), STOPPED_IN)


def reached(office: Office, method: str, state: str) -> bool:
    return any(call.method == method and call.state == state for call in office.world.wire.calls())


async def test_account_of_a_killed_replica_is_taken_over_with_its_channel(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    await office.open()
    office.accounts.fault("hold_after", "CreateChannel")
    async with (
        process(office, database_url, tmp_path / "first") as first,
        process(office, database_url, tmp_path / "second") as second,
    ):
        _, channel = await office.customer()
        await eventually(lambda: reached(office, "CreateChannel", "held"))
        asked = len(office.world.wire.calls())
        pid = await holder(office)
        (victim,) = [each for each in (first, second) if each.pid == pid]
        victim.kill()
        await victim.wait()
        # A process that has certainly ended is not waited for, however long its lease would last.
        await prolong(office, pid)
        office.world.wire.release()
        await eventually(lambda: len(office.world.wire.calls()) > asked + 1)
        await eventually(lambda: reached(office, "ExportChatInvite", "done"))
        await served(office, channel)
    assert len(office.telegram.channels.all()) == 1
    (owner,) = office.owners.values()
    assert len(office.telegram.accounts.sessions(owner.id)) == 1


@pytest.mark.long
async def test_session_of_a_frozen_replica_is_never_used_twice(
    office: Office, database_url: str, tmp_path: Path
) -> None:
    await office.open()
    office.accounts.fault("hold_after", "CreateChannel")
    async with (
        process(office, database_url, tmp_path / "first") as first,
        process(office, database_url, tmp_path / "second") as second,
    ):
        _, channel = await office.customer()
        await eventually(lambda: reached(office, "CreateChannel", "held"))
        pid = await holder(office)
        (frozen,) = [each for each in (first, second) if each.pid == pid]
        frozen.send_signal(signal.SIGSTOP)
        try:
            office.world.wire.release()
            await served(office, channel)
        finally:
            frozen.send_signal(signal.SIGCONT)
        assert await holder(office) != pid
        # The resumed process logs its state, and continues with its other accounts.
        log = (tmp_path / ("first" if frozen is first else "second")).with_suffix(".log")
        await eventually(lambda: "lease lost" in log.read_text())
        assert frozen.returncode is None
        _, next_one = await office.customer("Eva")
        await served(office, next_one)
    assert len(office.telegram.channels.all()) == 2
    (owner,) = office.owners.values()
    assert len(office.telegram.accounts.sessions(owner.id)) == 1


async def holder(office: Office) -> int:
    """Return the pid of the process that holds the account."""
    async with office.engine.connect() as connection:
        owner = (await connection.execute(text("SELECT owner FROM leases WHERE name = 'account:1'"))).scalar_one()
    return int(owner.split(":")[1])


async def prolong(office: Office, pid: int) -> None:
    """Extend the process's lease of the account by an hour, unless another process holds the lease."""
    async with office.engine.begin() as connection:
        await connection.execute(
            text(
                "UPDATE leases SET until = now() + interval '1 hour'"
                " WHERE name = 'account:1' AND split_part(owner, ':', 2) = CAST(:pid AS text)"
            ),
            {"pid": str(pid)},
        )


async def served(office: Office, channel: Channel, within: float = 90) -> None:
    """Wait until the invite is stored and the description, which is set right afterwards, is complete; then check the
    whole channel.
    """
    deadline = time.monotonic() + within
    while not await invited(office, channel) or (await office.made(channel)).about.endswith(channel.marker):
        assert time.monotonic() < deadline, "the customer was never invited"
        await asyncio.sleep(0.05)
    await office.assert_served(channel)


async def invited(office: Office, channel: Channel) -> bool:
    async with office.units() as uow:
        return bool(await uow.channels.live_invites(channel.id))
