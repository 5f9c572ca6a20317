"""Processing of jobs: running, retrying, quarantining, and taking over."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from subscriptions.domain.errors import ActionRequired, Ambiguous, Permanent, RetryLater
from subscriptions.domain.ports.job_queue import Job, Priority
from subscriptions.infrastructure.clock import SystemClock
from subscriptions.infrastructure.jobs.decision import UNEXPECTED_ATTEMPTS, Hold, Postpone, Retry, decide
from subscriptions.infrastructure.jobs.due import DueJobs
from subscriptions.infrastructure.jobs.executor import REST
from subscriptions.infrastructure.jobs.worker import GOES_BY_TIME, LEARNS, JobWorker
from tests.integration.jobs.conftest import QUICK, Bench, eventually

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"


class Seen:
    """Handler that raises the given errors and then succeeds."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.payloads: list[dict[str, Any]] = []
        self.times: list[float] = []

    async def __call__(self, payload: dict[str, Any]) -> None:
        self.payloads.append(payload)
        self.times.append(time.monotonic())
        if self.errors:
            raise self.errors.pop(0)


def job(name: str = "core.try", **more: Any) -> Job:
    return Job(name=name, payload={"v": 1, **more.pop("payload", {})}, **more)


async def test_job_runs_with_its_payload_and_is_deleted(bench: Bench) -> None:
    seen = Seen()
    await bench.enqueue(job(payload={"name": "Ñandú 🎰"}))
    async with bench.worker({"core.try": seen}):
        await bench.empty()
    assert seen.payloads == [{"v": 1, "name": "Ñandú 🎰"}]
    assert await bench.admin.list("failed") == []


async def test_job_with_higher_priority_runs_first(bench: Bench) -> None:
    order: list[int] = []

    async def note(payload: dict[str, Any]) -> None:
        order.append(payload["n"])

    await bench.enqueue(
        job(payload={"n": 1}, priority=Priority.LOW),
        job(payload={"n": 2}),
        job(payload={"n": 3}, priority=Priority.HIGH),
    )
    async with bench.worker({"core.try": note}):
        await bench.empty()
    assert order == [3, 2, 1]


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (RetryLater("busy"), 1),
        (RetryLater("busy", delay=timedelta(seconds=0.3)), 0.3),
        (Ambiguous("no answer"), 5),
        (ValueError("a fault of ours"), 1),
    ],
    ids=["later", "ordered wait", "ambiguous", "unexpected"],
)
async def test_job_is_retried_after_the_delay_of_its_error(bench: Bench, error: Exception, seconds: float) -> None:
    seen = Seen(error)
    await bench.enqueue(job())
    with capture_logs() as logs:
        async with bench.worker({"core.try": seen}):
            await bench.empty()
    first, second = seen.times
    assert second - first >= seconds
    # The actual start depends on the machine; the delay is set by the product.
    assert [line["after_s"] for line in logs if line["event"] == "job runs again"] == [seconds]
    assert await bench.admin.list("failed") == []


async def test_job_with_a_long_retry_delay_is_stored_as_a_delayed_job(bench: Bench) -> None:
    seen = Seen(RetryLater("flood", delay=timedelta(hours=2)))
    await bench.enqueue(job(key="k", priority=Priority.HIGH))
    async with bench.worker({"core.try": seen}):
        await bench.empty()
    async with bench.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT *, due_at - now() AS wait FROM due_jobs"))).all()
    assert [(row.name, row.key, row.priority) for row in rows] == [("core.try", "core.try:k", 20)]
    assert timedelta(minutes=119) < rows[0].wait <= timedelta(hours=2)


async def test_permanently_failing_job_is_kept_once_without_secrets(
    bench: Bench, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = Seen(Permanent(f"POST https://api.example/bot{TOKEN}/send said no to sk_test_abcdefghijkl"))
    await bench.enqueue(job())
    with caplog.at_level(logging.DEBUG):
        async with bench.worker({"core.try": seen}):
            await bench.empty()
    (failed,) = await bench.admin.list("failed")
    assert failed.name == "core.try"
    assert failed.error is not None
    assert "said no" in failed.error
    assert failed.trace is not None
    assert "test_worker.py" in failed.trace
    async with bench.engine.connect() as connection:
        kept = (await connection.execute(text("SELECT string_agg(traceback::text, '') FROM pgqueuer_log"))).scalar_one()
    written = kept + caplog.text + "".join(capsys.readouterr())
    assert "AAHdqTcvCH1vGWJxf" not in written
    assert "abcdefghijkl" not in written


async def test_job_that_requires_customer_action_is_not_retried(bench: Bench) -> None:
    seen = Seen(ActionRequired("blocked_bot"))
    await bench.enqueue(job())
    async with bench.worker({"core.try": seen}):
        await bench.empty()
    assert len(seen.payloads) == 1
    assert await bench.admin.list("failed") == []


async def test_unreadable_payload_is_kept_as_failed(bench: Bench) -> None:
    seen = Seen()
    async with bench.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO pgqueuer (priority, status, entrypoint, payload)"
                " VALUES (0, 'queued', 'core.try', convert_to('[1', 'UTF8'))"
            )
        )
    async with bench.worker({"core.try": seen}):
        await bench.empty()
    assert seen.payloads == []
    assert [failed.name for failed in await bench.admin.list("failed")] == ["core.try"]


def test_job_is_quarantined_after_repeated_unexpected_errors_but_not_after_retryable_errors() -> None:
    last = UNEXPECTED_ATTEMPTS - 1
    assert isinstance(decide(KeyError("x"), last - 1), Retry)
    assert decide(KeyError("x"), last) == Hold()
    assert isinstance(decide(RetryLater("x"), 10_000), Retry)
    assert decide(Ambiguous("x"), 19) == Retry(timedelta(seconds=8))
    assert decide(Ambiguous("x"), 20) == Retry(timedelta(minutes=1))
    assert decide(Ambiguous("x"), 1_500) == Hold()
    assert decide(RetryLater("x", delay=timedelta(seconds=5)), 0) == Retry(timedelta(seconds=5))
    assert decide(RetryLater("x", delay=timedelta(seconds=6)), 0) == Postpone(timedelta(seconds=6))


async def test_failed_job_can_be_requeued_or_dropped(bench: Bench) -> None:
    seen = Seen(Permanent("no"), Permanent("no"))
    await bench.enqueue(job(payload={"n": 1}), job(payload={"n": 2}))
    async with bench.worker({"core.try": seen}):
        await bench.empty()
        one, two = [failed.id for failed in await bench.admin.list("failed")]
        assert await bench.admin.requeue([one, two + 1000]) == [one]
        await bench.empty()
    assert await bench.admin.drop([two]) == [two]
    assert await bench.admin.show(two) is None
    assert await bench.admin.list("failed") == []
    assert len(seen.payloads) == 3


async def test_requeued_job_runs_without_waiting_for_a_poll(bench: Bench) -> None:
    seen = Seen(Permanent("no"))
    await bench.enqueue(job())
    async with bench.worker({"core.try": seen}, replace(QUICK, poll=timedelta(minutes=5))):
        await bench.empty()
        (failed,) = await bench.admin.list("failed")
        await bench.admin.requeue([failed.id])
        await bench.empty()
    assert len(seen.payloads) == 2


async def test_job_names_can_be_added_and_removed_at_run_time(bench: Bench) -> None:
    seen = Seen()
    await bench.enqueue(job("userbot.acc.7", payload={"n": 1}))
    async with bench.worker({}) as worker:
        worker.add("userbot.acc.7", seen)
        await bench.empty()
        worker.remove("userbot.acc.7")
        await bench.enqueue(job("userbot.acc.7", payload={"n": 2}), job("core.try"))
        other = Seen()
        worker.add("core.try", other)
        await eventually(lambda: _only_waiting(bench, "userbot.acc.7"))
        assert other.payloads
    assert [payload["n"] for payload in seen.payloads] == [1]


async def _only_waiting(bench: Bench, name: str) -> bool:
    return await bench.queued() == [name]


async def test_jobs_of_one_account_never_overlap(bench: Bench) -> None:
    inside = 0
    most = 0

    async def work(payload: dict[str, Any]) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        async with bench.engine.connect() as connection:
            await connection.execute(text("SELECT pg_sleep(0.02)"))
        inside -= 1

    await bench.enqueue(*(job("userbot.acc.1", payload={"n": number}) for number in range(10)))
    async with bench.worker({}) as one, bench.worker({}) as two:
        one.add("userbot.acc.1", work)
        two.add("userbot.acc.1", work)
        await bench.empty()
    assert most == 1


async def test_stop_of_the_worker_requeues_a_long_job(bench: Bench) -> None:
    started = asyncio.Event()

    async def endless(payload: dict[str, Any]) -> None:
        started.set()
        await asyncio.Event().wait()

    await bench.enqueue(job())
    async with bench.worker({"core.try": endless}, replace(QUICK, grace=timedelta(seconds=0.1))):
        await started.wait()
    assert [waiting.status for waiting in await bench.admin.list("queued")] == ["queued"]


async def test_unexpected_end_of_the_queue_is_logged(bench: Bench) -> None:
    async with bench.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE pgqueuer RENAME COLUMN heartbeat TO pulse"))
    worker = JobWorker(bench.engine, SystemClock(), {"core.try": Seen()})
    with capture_logs() as logs, pytest.raises(RuntimeError, match="heartbeat"):
        await worker.run(asyncio.Event())
    assert [line["error"] for line in logs if line["event"] == "queue ended"] == ["RuntimeError"]


async def test_jobs_that_end_access_wait_while_the_clock_is_in_doubt(bench: Bench) -> None:
    seen, ends = Seen(), Seen()
    handlers = {"core.try": seen} | dict.fromkeys(GOES_BY_TIME, ends)
    await bench.enqueue(job(), *(job(name, key="k") for name in GOES_BY_TIME))
    async with bench.worker(handlers, in_doubt=True):
        await bench.empty()
    assert (len(seen.payloads), ends.payloads) == (1, [])
    assert await DueJobs(bench.engine).release_due(SystemClock().now() + 2 * REST) == len(GOES_BY_TIME)
    async with bench.worker(handlers):
        await bench.empty()
    assert len(ends.payloads) == len(GOES_BY_TIME) >= 4


async def test_only_jobs_that_fetch_missed_events_run_before_a_restore_is_reconciled(bench: Bench) -> None:
    seen, held = Seen(), Seen()
    handlers = {"bot.announce": held, "bot.remove_person": held, "userbot.acc.1": held} | dict.fromkeys(LEARNS, seen)
    await bench.enqueue(*(job(name, key="k") for name in handlers))
    async with bench.worker(handlers, returning=True):
        await bench.empty()
    assert (len(seen.payloads), held.payloads) == (len(LEARNS), [])
    assert {"core.apply_payment_event", "core.reconcile", "bot.alarm"} <= LEARNS
    await DueJobs(bench.engine).release_due(SystemClock().now() + 2 * REST)
    async with bench.worker(handlers):
        await bench.empty()
    assert len(held.payloads) == 3
