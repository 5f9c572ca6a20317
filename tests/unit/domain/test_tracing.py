"""Check that one trace covers all effects of a cause."""

import asyncio

from subscriptions.domain.tracing import call, current_cause, follow, stretch, trace_of

CAUSE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_trace_is_empty_outside_of_a_job_or_request() -> None:
    assert current_cause() is None
    follow(CAUSE)
    with call("provider"):
        assert current_cause() is None


def test_job_without_a_cause_starts_its_own_trace() -> None:
    with stretch("update"):
        first = current_cause()
    with stretch("update"):
        second = current_cause()
    assert trace_of(first)
    assert trace_of(second)
    assert trace_of(first) != trace_of(second)
    assert current_cause() is None


def test_job_with_a_cause_continues_the_trace() -> None:
    with stretch("job", CAUSE):
        assert trace_of(current_cause()) == "4bf92f3577b34da6a3ce929d0e0e4736"
        with stretch("inner", OTHER):
            assert trace_of(current_cause()) == trace_of(OTHER)
        assert trace_of(current_cause()) == trace_of(CAUSE)


def test_unreadable_trace_cause_is_ignored() -> None:
    zeros = "00-" + "0" * 32 + "-00f067aa0ba902b7-01"
    for wrong in ("", "nonsense", zeros, CAUSE + "\n", CAUSE.upper()):
        assert trace_of(wrong) is None
        with stretch("job", wrong):
            assert trace_of(current_cause())
            assert current_cause() != wrong


def test_trace_follows_a_valid_cause_set_while_the_work_is_running() -> None:
    with stretch("webhook"):
        follow(None)
        follow("nonsense")
        first = current_cause()
        follow(CAUSE)
        assert trace_of(current_cause()) == trace_of(CAUSE) != trace_of(first)
    assert current_cause() is None


async def test_cause_set_in_a_subtask_applies_to_the_waiting_task() -> None:
    async def handler() -> None:
        follow(CAUSE)

    with stretch("update"):
        await asyncio.wait_for(handler(), 90)
        assert trace_of(current_cause()) == trace_of(CAUSE)


async def test_task_that_outlives_its_trace_has_no_trace_cause() -> None:
    over = asyncio.Event()

    async def keeper() -> str | None:
        await over.wait()
        follow(CAUSE)
        return current_cause()

    with stretch("update"):
        left = asyncio.create_task(keeper())
        await asyncio.sleep(0)
    over.set()
    assert await left is None
