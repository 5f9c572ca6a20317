"""A stop ends what looks at the doors, whatever it is doing."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from userbot.main import end_of


async def test_who_overhears_being_cancelled_is_told_again() -> None:
    async def looking() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(looking())
    await asyncio.sleep(0)

    async with asyncio.timeout(90):
        assert await end_of(task, 0.01) is None
    assert task.cancelled()


async def test_what_it_failed_of_is_kept() -> None:
    async def looking() -> None:
        raise LookupError("no door")

    task = asyncio.create_task(looking())
    await asyncio.wait({task})

    assert isinstance(await end_of(task), LookupError)
