"""Check that the userbot, when it stops, ends the tasks that watch join requests, whatever they are doing."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from userbot.main import end_of


async def test_task_that_ignores_its_cancellation_is_canceled_again() -> None:
    async def looking() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    task = asyncio.create_task(looking())
    await asyncio.sleep(0)

    async with asyncio.timeout(90):
        assert await end_of(task, 0.01) is None
    assert task.cancelled()


async def test_error_of_an_ended_task_is_retained() -> None:
    async def looking() -> None:
        raise LookupError("no door")

    task = asyncio.create_task(looking())
    await asyncio.wait({task})

    assert isinstance(await end_of(task), LookupError)
