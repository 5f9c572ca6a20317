"""Check that the jobs of a killed worker run again."""

from __future__ import annotations

import asyncio
import signal
import sys
import textwrap

from subscriptions.domain.ports.job_queue import Job
from tests.integration.jobs.conftest import TAKES_OVER, Bench

HANGING_WORKER = textwrap.dedent(
    """
    import asyncio, sys
    from subscriptions.infrastructure.clock import SystemClock
    from subscriptions.infrastructure.database.engine import create_engine
    from subscriptions.infrastructure.jobs.worker import JobWorker

    async def hang(payload):
        print("taken", flush=True)
        await asyncio.Event().wait()

    asyncio.run(JobWorker(create_engine(sys.argv[1]), SystemClock(), {"core.try": hang}).run(asyncio.Event()))
    """
)


async def test_job_of_a_killed_worker_runs_again(bench: Bench, database_url: str) -> None:
    await bench.enqueue(Job(name="core.try", payload={"v": 1}))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HANGING_WORKER, database_url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert (await asyncio.wait_for(process.stdout.readline(), 90)).strip() == b"taken"
    process.send_signal(signal.SIGKILL)
    await process.wait()
    again = asyncio.Event()

    async def work(payload: dict[str, object]) -> None:
        again.set()

    async with bench.worker({"core.try": work}, TAKES_OVER):
        await asyncio.wait_for(again.wait(), 90)
        await bench.empty()
