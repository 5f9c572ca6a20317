"""`umbral reconcile` as a process, with a provider: killed at any point, run twice concurrently, and with an
unreachable provider.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.support.demo import START_SECONDS, Demo, eventually
from tests.support.member import LATE, Member, advance, member, now

pytestmark = [pytest.mark.e2e, pytest.mark.long]

NO_WEBHOOKS = {"on": "webhooks", "do": "drop"}
AWAY = {"on": "stripe", "do": "drop_before"}
ASKED = ("GET /v1/events", "GET /v1/subscriptions/{id}")


def started(demo: Demo) -> subprocess.Popen[str]:
    words = ["--env-file", demo.facts["env_file"], "reconcile", "--json"]
    return subprocess.Popen([sys.executable, "-m", "umbral", *words], stdout=subprocess.PIPE, text=True)


def found(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """Return the differences that the process lists in its report."""
    printed = process.communicate(timeout=START_SECONDS)[0]
    assert process.returncode == 0
    listed: list[dict[str, Any]] = json.loads(printed)["differences"]
    return listed


def struck(demo: Demo, method: str, when: str) -> None:
    """Kill the process while it waits for the response to this call, either before the provider gets the request or
    after the provider has answered.
    """
    demo.faults(NO_WEBHOOKS, {"on": "stripe", "method": method, "do": when, "times": 1})
    process = started(demo)
    try:
        eventually(lambda: held(demo, method) or None, f"{method} is held")
    finally:
        process.kill()
        process.communicate()
        demo.post("/faults/release")
    eventually(lambda: not held(demo, method) or None, "nothing is held any more")


def held(demo: Demo, method: str) -> bool:
    calls = demo.get("/calls")["calls"][-50:]
    return any((call["method"], call["state"]) == (method, "held") for call in calls)


def given_back(demo: Demo, one: Member) -> int:
    """Return the number of refunds recorded for the member."""
    theirs = f"JOIN customers c ON c.id = p.customer_id WHERE c.telegram_id = {one.person.id}"
    return int(demo.sql(f"SELECT count(*) FROM refunds r JOIN payments p ON p.id = r.payment_id {theirs}"))


def test_reconciliation_can_be_repeated_after_a_kill_and_run_twice_at_once(demo: Demo) -> None:
    one, two = member(demo, "Rita"), member(demo, "Rosa")
    demo.faults(NO_WEBHOOKS)
    at = now(demo)
    one.at_provider("refund")
    two.at_provider("cancel")
    for method in ASKED:
        for when in ("hold_before", "hold_after"):
            struck(demo, method, when)
    demo.faults(NO_WEBHOOKS)
    both = [started(demo), started(demo)]
    for process in both:
        assert {each["kind"] for each in found(process)} <= {"refund", "cancellation", "subscription"}
    one.stands("expired", "revoked", at, LATE)
    two.stands("canceled", "active")
    one.received("Te hemos devuelto")
    assert (given_back(demo, one), len(one.said("Te hemos devuelto"))) == (1, 1)
    assert found(started(demo)) == []
    demo.faults()


def test_refund_at_a_provider_unreachable_for_a_week_is_reconciled_afterwards(demo: Demo) -> None:
    one = member(demo, "Raul")
    demo.faults(NO_WEBHOOKS, AWAY)
    at = now(demo)
    one.at_provider("refund")
    for _ in range(8):
        advance(demo, days=1)
        assert one.person.id in {inside["id"] for inside in one.channel()["members"]}
    reported = found(started(demo))
    assert ("no_answer", "stripe") in {(each["kind"], each["subject"]) for each in reported}
    demo.faults(NO_WEBHOOKS)
    advance(demo, minutes=20)
    one.stands("expired", "revoked", at, LATE)
    one.received("Te hemos devuelto")
    assert "refund" not in {each["kind"] for each in found(started(demo))}
    demo.faults()
