"""All external services are unreachable for one hour of the shared clock, with eleven customers in different states.

Once the services are available again, everything due happens once. Waiting customers who have paid are served first, at
a rate that Telegram allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from subscriptions.domain.services import notice_policy
from tests.support.demo import Demo, Person, eventually, running_demo
from tests.support.fork_clients import ForkClient
from tests.support.member import MADRID, Member, advance, advance_to, known_member, member, now

pytestmark = [pytest.mark.e2e, pytest.mark.long]

TELEGRAM_AWAY = [{"on": "bot_api", "do": "drop_before"}, {"on": "mtproto", "do": "drop_before"}]
ALL_AWAY = [*TELEGRAM_AWAY, {"on": "stripe", "do": "drop_before"}, {"on": "webhooks", "do": "drop"}]
GRACE = timedelta(days=5)
LAST_NOTICE = timedelta(hours=12)
NOTICE_DAYS = notice_policy.DEFAULT.days
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MESSAGES_A_SECOND = 30
# By role: the message about the hour, sent once, and the states of subscription and access after it.
EXPECTED = {
    "past_due": ("Seguimos sin poder cobrar", "past_due", "active"),
    "renewing": ("Renovado", "active", "active"),
    "expiring": ("ha terminado", "expired", "revoked"),
    "reminded": ("se renueva el", "active", "active"),
    "canceled": ("está cancelada", "canceled", "active"),
    "refunded": ("Te hemos devuelto", "expired", "revoked"),
    "disputing": ("ha abierto una disputa", "paused", "suspended"),
    "new": ("Tu canal exclusivo está listo", "active", "active"),
    "provisioning": ("Tu canal exclusivo está listo", "active", "active"),
    "invited": ("Ya estás dentro", "active", "active"),
    "joining": ("Ya estás dentro", "active", "active"),
}


@dataclass
class Hour:
    """State of the outage test: customers, ends of access, and links. back: last call before the services were
    available again.
    """

    demo: Demo
    members: dict[str, Member] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    back: int = 0

    def calls(self) -> list[dict[str, Any]]:
        """Return the calls finished since the services were available again, in order."""
        calls: list[dict[str, Any]] = self.demo.get("/calls", after=self.back)["calls"]
        return [call for call in calls if call["state"] == "done"]

    def first(self, method: str, *words: str) -> int:
        """Wait for the first call of the method whose parameters contain all words, and return its id."""

        def look() -> int | None:
            found = (call for call in self.calls() if call["method"] == method)
            return next((call["id"] for call in found if all(word in str(call["params"]) for word in words)), None)

        return eventually(look, f"{method} {words}")

    def sent(self, role: str, text: str) -> int:
        """Return the id of the call that sent the text to the customer of a role."""
        return self.first("sendMessage", str(self.people[role].id), text)


def bring_everybody_there(demo: Demo) -> Hour:
    """Create all customers, and advance the clock to the beginning of an hour in which much work is due."""
    hour = Hour(demo)
    # Early in a month: days apart stay the same number of days apart when the month is over.
    advance_to_the_fifth(demo)
    behind = hour.members["past_due"] = member(demo, "Pau")
    notice = behind.period_end() + GRACE - LAST_NOTICE
    behind.at_provider("fail_payment")
    advance(demo, days=4, hours=12)
    expiring = hour.members["expiring"] = member(demo, "Xavi")
    cancel(expiring)
    hour.members["renewing"] = member(demo, "Ana")
    advance(demo, days=NOTICE_DAYS)
    hour.members["reminded"] = member(demo, "Rut")
    advance_to(demo, notice - GRACE + LAST_NOTICE + HOUR)
    behind.received("No hemos podido cobrar")
    advance_to(demo, notice - GRACE + LAST_NOTICE + 2 * DAY)
    behind.received("Seguimos sin poder cobrar")
    advance_to(demo, notice - HOUR / 2)
    hour.ends["past_due"] = notice - GRACE + LAST_NOTICE
    arrive(hour)
    return hour


def advance_to_the_fifth(demo: Demo) -> None:
    local = now(demo).astimezone(MADRID)
    later = local.replace(day=1) + 32 * DAY if local.day >= 5 else local
    advance_to(demo, later.replace(day=5, hour=0, minute=30))


def cancel(one: Member) -> None:
    one.person.send("/cancelar")
    one.person.press(one.received("Cancelar", button="Sí, cancelar"), "Sí, cancelar")
    one.received("está cancelada")


def arrive(hour: Hour) -> None:
    """Create the customers whose purchase has only started."""
    demo = hour.demo
    roles = ("new", "provisioning", "invited", "joining")
    hour.people = {role: demo.person(role.title(), username=role) for role in roles}
    with ThreadPoolExecutor(4) as pool:
        inside = {role: pool.submit(member, demo, role.title()) for role in ("canceled", "refunded", "disputing")}
        urls = {role: pool.submit(person.checkout) for role, person in hour.people.items()}
    hour.members |= {role: found.result() for role, found in inside.items()}
    hour.urls = {role: found.result() for role, found in urls.items()}
    cancel(hour.members["canceled"])
    for role in ("invited", "joining"):
        demo.pay(hour.urls[role])
    for role in ("invited", "joining"):
        hour.urls[role] = hour.people[role].invited()
    hour.people |= {role: one.person for role, one in hour.members.items()}


def all_go_away(hour: Hour) -> None:
    """Make Telegram unreachable first, so that some work waits only for Telegram, and then all other services."""
    demo = hour.demo
    hour.ends |= {role: one.period_end() for role, one in hour.members.items() if role != "past_due"}
    demo.faults(*TELEGRAM_AWAY)
    demo.pay(hour.urls["provisioning"])
    hour.ends["refunded"] = now(demo)
    hour.members["refunded"].at_provider("refund")
    in_the_channel = f"JOIN customers c ON c.id = customer_id WHERE telegram_id = {hour.people['refunded'].id}"
    leaving = f"SELECT a.status = 'revoking' FROM accesses a {in_the_channel}"
    eventually(lambda: demo.sql(leaving) or None, "the refund is known")
    paid = "SELECT 1 FROM subscriptions s JOIN customers c ON c.id = customer_id"
    eventually(lambda: demo.sql(f"{paid} WHERE telegram_id = {hour.people['provisioning'].id}"), "the payment is known")
    demo.faults(*ALL_AWAY)
    demo.pay(hour.urls["new"])
    assert hour.people["joining"].open(hour.urls["joining"])["result"] == "requested"
    hour.members["disputing"].at_provider("dispute")


def let_the_hour_pass(hour: Hour) -> None:
    """Advance the clock by the hour in two steps, so that work due in the middle fails once before the end."""
    demo = hour.demo
    advance(demo, minutes=32)
    owed = "SELECT count(*) FROM pgqueuer WHERE attempts > 0 AND "
    # A failed charge is not announced while the provider cannot confirm the failure.
    for kind in ("payment_received", "refunded"):
        said = f"convert_from(payload, 'utf8') LIKE '%\"{kind}\"%'"
        eventually(lambda said=said: demo.sql(owed + said) or None, f"{kind} was tried in vain")
    # A reminder that meets work for a paying customer is not sent yet: that work goes first.
    reminder = "(entrypoint = 'core.remind' OR convert_from(payload, 'utf8') LIKE '%\"renewal_coming\"%')"
    eventually(lambda: demo.sql(owed + reminder) or None, "a reminder was tried in vain")
    away = {call["protocol"] for call in demo.get("/calls")["calls"] if call["state"] == "failed"}
    assert away >= {"bot_api", "mtproto", "stripe"}
    advance(demo, minutes=28)
    hour.back = demo.get("/calls")["calls"][-1]["id"]
    demo.faults()


def go_on(hour: Hour) -> None:
    """Perform the customers' actions after the outage, and wait until all work is done."""
    people = hour.people
    people["invited"].open(hour.urls["invited"])
    for role in ("provisioning", "new"):
        people[role].join(people[role].invited())
    for role in ("provisioning", "new", "invited", "joining"):
        channel = eventually(lambda role=role: hour.demo.channel_of(people[role]), f"{role} is inside")
        hour.members[role] = known_member(hour.demo, people[role], int(channel["id"]), "Retabet")
    for role, (text, _, _) in EXPECTED.items():
        people[role].received(text)
    waiting = "SELECT count(*) FROM pgqueuer WHERE status <> 'failed'"
    eventually(lambda: hour.demo.sql(waiting) == 0 or None, "all is done")


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory, fork_client: ForkClient) -> Iterator[Hour]:
    with running_demo(tmp_path_factory.mktemp("demo"), fork_client=fork_client) as demo:
        hour = bring_everybody_there(demo)
        all_go_away(hour)
        let_the_hour_pass(hour)
        go_on(hour)
        yield hour


@pytest.mark.parametrize("role", EXPECTED)
def test_due_work_is_done_once_after_the_outage(hour: Hour, role: str) -> None:
    text, status, access = EXPECTED[role]
    one = hour.members[role]
    one.stands(status, access, hour.ends.get(role) if role != "renewing" else None)
    assert len(one.said(text)) == (2 if role == "past_due" else 1)
    if role in {"new", "provisioning"}:
        assert (len(one.said("Pago recibido: 29,99\xa0€")), len(one.said("Ya estás dentro"))) == (1, 1)


def test_outage_causes_no_failed_job_and_no_duplicate_channel(hour: Hour) -> None:
    eventually(lambda: hour.demo.sql("SELECT count(*) FROM pgqueuer") == 0, "nothing failed, nothing is left")
    assert len(hour.demo.channels()) - len(hour.members) == shared_channels(hour.demo)
    assert hour.demo.sql("SELECT count(*) FROM payments") == len(hour.members) + 1


def shared_channels(demo: Demo) -> int:
    return sum(channel["id"] == demo.facts["vip_channel_id"] for channel in demo.channels())


def test_jobs_of_paying_customers_run_first_after_the_outage(hour: Hour) -> None:
    """Jobs that waited for several services run in the order of their priority."""
    receipt = hour.sent("provisioning", "Pago recibido")
    assert receipt < hour.sent("refunded", "Te hemos devuelto")
    assert receipt < min(hour.sent("reminded", "se renueva"), hour.sent("past_due", "Seguimos sin poder cobrar"))
    made = hour.first("CreateChannel", "@provisioning")
    put_away = str(-hour.members["refunded"].channel_id - 10**12)
    assert made < hour.first("GetExportedChatInvites", put_away)


def test_messages_respect_the_limits_of_telegram(hour: Hour) -> None:
    sent = [call for call in hour.calls() if call["method"] == "sendMessage"]
    moments = [datetime.fromisoformat(call["time"]) for call in sent]
    for first, later in zip(moments, moments[MESSAGES_A_SECOND:], strict=False):
        assert later - first >= timedelta(seconds=1)
    chats = Counter(str(call["params"]["chat_id"]) for call in sent)
    assert max(chats.values()) <= 20
