"""Check that each job caused by an event has a row in the routing table, and that any job enqueued by a use case has a
reason.

A job with a due time (`.delayed_job(at, key)`) needs no reason. Every other job needs one of the reasons below, and a
key, so that enqueueing the job twice creates one job. The lists may only become shorter: remove a line that is no
longer needed, and add a line only after a decision.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

import pytest

from tests.architecture.conftest import ROOT

APPLICATION = ROOT / "src/subscriptions/application"
MESSAGES = {"Announce", "RaiseAlarm"}
"""Jobs that send a message. Each of them must be a row of the routing table."""


class Reason(StrEnum):
    """Reason why a job is not a row of the routing table."""

    ASKED = "somebody asks for it by this very command, and it is all that the command does"
    ARRIVED = "it came from outside, is kept, and is worked on by another process; one job takes all that waits"
    EACH = "the clock or a list finds it, often many at once: each is a job, so that one that fails keeps no other"
    GOES_ON = "a long work goes on with its next page, and lets others go between"
    KEPT = "a feature failed to route the event when it was committed, and routes it now"
    HANDED_OVER = "only another process can do it, or it calls somebody outside, for whom no transaction stays open"


WHY: Mapping[Reason, Counter[str]] = {
    Reason.ASKED: Counter(
        {
            "expiry/erase_person.py:__call__": 1,
            "reconciliation/start_reconciliation.py:run": 1,
            "resources/arrange_group.py:run": 1,
        }
    ),
    Reason.KEPT: Counter({"recovery/route_kept.py:_queue": 1}),
    Reason.ARRIVED: Counter(
        {
            "inbox/bot_updates.py:__call__": 1,
        }
    ),
    Reason.EACH: Counter(
        {
            "access/look_inside.py:__call__": 1,
            "accounts/watch_losses.py:__call__": 1,
            "catalog/sync_prices.py:check_all": 1,
            "catalog/watch_webhooks.py:check": 1,
            "channels/check_chat.py:__call__": 1,
            "channels/take_over.py:_go_on": 1,
            "expiry/decide_bulk_expiry.py:run": 1,
            "expiry/owner_questions.py:let_go": 1,
            "expiry/run_due.py:_reminders": 1,
            "expiry/run_due.py:_run_unpaid": 1,
            "expiry/run_due.py:_subscriptions": 1,
            "expiry/start_bulk_expiry.py:run": 2,
            "inbox/watch_providers.py:_events": 1,
            "inbox/watch_providers.py:_list": 1,
            "inbox/watch_providers.py:_subscriptions": 1,
            "vip/admit_waiting.py:__call__": 1,
        }
    ),
    Reason.GOES_ON: Counter(
        {
            "access/empty_old_chat.py:__call__": 1,
            "access/look_inside.py:__call__": 1,
            "access/narrow_plan.py:__call__": 1,
            "access/open_plan.py:__call__": 1,
            "vip/admit_waiting.py:__call__": 1,
        }
    ),
    Reason.HANDED_OVER: Counter(
        {
            "access/removal.py:remove_by_owner": 1,
            "access/join_desk.py:_note_refusal": 1,
            "access/join_desk.py:_show_out": 1,
            "access/join_desk.py:record_exit_or_ban": 1,
            "access/look_inside.py:__call__": 1,
            "access/personal_channel.py:have_mended": 1,
            "channels/watch_bot_rights.py:_request_links": 1,
            "checkout/purchase_terms.py:request_missing_price": 1,
            "checkout/start_checkout.py:_give_up": 1,
            "vip/reconcile_entry.py:_raise_alarm": 1,
        }
    ),
}


def is_for_later(job: ast.expr) -> bool:
    return isinstance(job, ast.Call) and isinstance(job.func, ast.Attribute) and job.func.attr == "delayed_job"


def enqueued(source: str) -> Counter[str]:
    """Return the functions that enqueue jobs without a due time, with the number of jobs each enqueues."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return Counter(
        function.name
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "enqueue"
        if not is_for_later(node.args[0])
    )


def keyless(source: str) -> set[str]:
    """Return the forbidden names that a use case uses: `X.job()`, which has no key, and jobs that send a message."""
    nodes = list(ast.walk(ast.parse(source)))
    called = {node.func.attr for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {node.id for node in nodes if isinstance(node, ast.Name)}
    return (called & {"job"}) | (names & MESSAGES if called & {"keyed_job", "delayed_job", "job"} else set())


def sources() -> Mapping[str, str]:
    """Return the sources of the use cases by path, without payloads and the routing table."""
    return {
        path.relative_to(APPLICATION).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(APPLICATION.glob("*/**/*.py"))
        if path.relative_to(APPLICATION).parts[0] != "dto"
    }


def test_every_job_enqueued_outside_the_routing_table_has_a_listed_reason() -> None:
    found = Counter[str]()
    for path, source in sources().items():
        found.update({f"{path}:{function}": number for function, number in enqueued(source).items()})

    assert found == sum(WHY.values(), Counter())


def test_every_enqueued_job_has_a_key_and_no_message_bypasses_the_routing_table() -> None:
    assert not {path: found for path, source in sources().items() if (found := keyless(source))}


@pytest.mark.parametrize(
    "line", ["uow.enqueue(jobs.Remind(subscription_id=1).job())", "uow.enqueue(jobs.Announce(kind=1).keyed_job(2))"]
)
def test_job_without_a_key_or_message_that_bypasses_the_routing_table_is_detected(line: str) -> None:
    assert keyless(line)


@pytest.mark.parametrize(("job", "listed"), [("x.keyed_job(1)", 1), ("x.delayed_job(at, 1)", 0), ("_next(x)", 1)])
def test_job_enqueued_outside_the_routing_table_is_detected(job: str, listed: int) -> None:
    assert enqueued(f"async def act():\n    await uow.enqueue({job})\n")["act"] == listed
