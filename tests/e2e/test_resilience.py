"""Crashes, repeated webhooks and lost answers: one payment, one channel and one message each."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.demo import Demo, Person
from tests.support.member import wait_until_idle

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]


def count(demo: Demo, query: str) -> int:
    return int(demo.sql(query))


def invites(person: Person) -> list[dict[str, Any]]:
    return [message for message in person.messages() if "Tu canal exclusivo está listo" in message["text"]]


def tally(demo: Demo) -> dict[str, int]:
    """Return the numbers of objects that purchases create, in the database and at Telegram."""
    counted = {
        "payments": "SELECT count(*) FROM payments",
        "ledger entries": "SELECT count(*) FROM ledger_entries",
        "channels": "SELECT count(*) FROM telegram_channels WHERE kind = 'personal'",
    }
    return {what: count(demo, query) for what, query in counted.items()} | {"on Telegram": len(demo.channels())}


def assert_one_more_of_everything(demo: Demo, before: dict[str, int], person: Person) -> None:
    assert tally(demo) == {what: number + 1 for what, number in before.items()}
    assert len(invites(person)) == 1


def test_killing_all_processes_between_payment_and_entry_loses_no_purchase(demo: Demo) -> None:
    before = tally(demo)
    ana = demo.person("Ana")
    demo.pay(ana.checkout())
    demo.kill()
    demo.start()
    channel = ana.join(ana.invited())
    wait_until_idle(demo)
    assert_one_more_of_everything(demo, before, ana)
    assert demo.get(f"/channels/{channel['id']}")["protected"] is True


def test_killing_each_process_during_five_purchases_loses_no_purchase(demo: Demo) -> None:
    before = len(demo.channels())
    people = [demo.person(f"Cliente {number}") for number in range(5)]
    urls = [person.checkout() for person in people]
    for url, name in zip(urls, ("worker", "userbot", "bot", "web", "worker"), strict=True):
        demo.pay(url)
        demo.kill(name)
    with ThreadPoolExecutor(len(people)) as pool:
        channels = list(pool.map(lambda person: person.join(person.invited()), people))
    wait_until_idle(demo)
    assert len({channel["id"] for channel in channels}) == len(people) == len(demo.channels()) - before


@pytest.mark.parametrize("webhooks", ["before", "after"])
def test_webhook_delivered_20_times_at_once_is_applied_once(demo: Demo, webhooks: str) -> None:
    before, earlier = tally(demo), len(demo.get("/deliveries")["deliveries"])
    demo.faults({"on": "webhooks", "do": "duplicate", "n": 20})
    ana = demo.person("Ana")
    demo.pay(ana.checkout(), webhooks=webhooks)
    url = ana.invited()
    deliveries = demo.get("/deliveries")["deliveries"][earlier:]
    demo.faults()
    # Deliver the webhooks once more after the channel was requested.
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda delivery: demo.post(f"/deliveries/{delivery['id']}/again"), deliveries))
    ana.join(url)
    wait_until_idle(demo)
    assert_one_more_of_everything(demo, before, ana)


LOST_ANSWERS: Mapping[str, dict[str, Any]] = {
    "connection cut after CreateChannel was done": {"method": "CreateChannel", "do": "drop_after"},
    "error 500 after CreateChannel was done": {"method": "CreateChannel", "do": "error_after", "code": 500},
    "connection cut before CreateChannel": {"method": "CreateChannel", "do": "drop_before"},
    "error 500 instead of CreateChannel": {"method": "CreateChannel", "do": "error", "code": 500},
    "connection cut after EditAdmin was done": {"method": "EditAdmin", "do": "drop_after"},
    "connection cut after ExportChatInvite was done": {"method": "ExportChatInvite", "do": "drop_after"},
    "connection cut after SendMessage was done": {"method": "SendMessage", "do": "drop_after"},
}


OFTEN = ("connection cut after CreateChannel was done", "connection cut after SendMessage was done")
"""Faults injected in every run: the first and the last of the calls that must not be repeated."""


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=name, marks=() if name in OFTEN else pytest.mark.long)
        for name, fault in LOST_ANSWERS.items()
    ],
)
def test_lost_answer_of_telegram_leads_to_exactly_one_channel(demo: Demo, fault: dict[str, Any]) -> None:
    before = len(demo.channels())
    demo.faults({"on": "mtproto", "times": 1, **fault})
    ana = demo.person("Ana")
    channel = ana.buy()
    demo.faults()
    wait_until_idle(demo)
    assert len(demo.channels()) == before + 1
    welcomes = [post for post in ana.messages(str(channel["id"])) if "canal privado" in post["text"]]
    assert len(welcomes) == 1
    made = [link for link in demo.get(f"/channels/{channel['id']}")["links"] if not link["primary"]]
    assert len(made) == 1
