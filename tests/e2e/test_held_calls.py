"""Check that a call has one effect although its caller is killed after the call was executed and before the response
arrives.

All calls are made in two rounds, so that the processes restart only twice. Each check is a separate test.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.support.demo import ANSWER_SECONDS, Demo, Person, eventually, running_demo
from tests.support.fork_clients import ForkClient

pytestmark = [pytest.mark.e2e, pytest.mark.long]

SUBSCRIPTION_BOT = {"can_post_messages", "can_invite_users", "can_restrict_members"}
SENDER_BOT = {"can_post_messages", "can_edit_messages", "can_delete_messages"}
IMPLIED = {"can_manage_chat", "is_anonymous"}
RECEIPT = "Pago recibido: 29,99\xa0€"


@dataclass
class Struck:
    """Customer whose call was interrupted, with helpers that return the effects of the call."""

    demo: Demo
    name: str
    person: Person
    urls: list[str] = field(default_factory=list)

    def inside(self) -> dict[str, Any]:
        """Return the customer's channel. Join the channel first if the customer is not a member yet."""
        return self.demo.channel_of(self.person) or self.person.join(self.person.invited())

    def rows(self, table: str) -> int:
        """Return the number of rows about the customer in a table."""
        whose = f"(SELECT id FROM customers WHERE telegram_id = {self.person.id})"
        return int(self.demo.sql(f"SELECT count(*) FROM {table} WHERE customer_id = {whose}"))

    def said(self, text: str) -> int:
        """Return the number of bot messages to the customer that contain the text."""
        return sum(text in message["text"] for message in self.person.messages() if message["from"]["is_bot"])

    def made(self) -> list[dict[str, Any]]:
        """Return all channels that were created for the customer."""
        return [channel for channel in self.demo.channels() if channel["title"].endswith(f"@{self.name}")]

    def own_links(self) -> list[dict[str, Any]]:
        """Return all links to the channel except the primary one."""
        return [link for link in self.inside()["links"] if not link["primary"]]

    def assert_sold_once(self) -> None:
        """Assert one order, one payment counted once, one channel, one invite message, and a customer in the
        channel.
        """
        channel = self.inside()
        assert [each["id"] for each in self.made()] == [channel["id"]]
        assert (self.rows("orders"), self.rows("payments"), self.rows("subscriptions")) == (1, 1, 1)
        entries = "SELECT count(*) FROM ledger_entries e JOIN payments p ON p.id = e.payment_id JOIN customers c"
        assert self.demo.sql(f"{entries} ON c.id = p.customer_id WHERE c.telegram_id = {self.person.id}") == 1
        assert self.said("Tu canal exclusivo está listo") == 1


@dataclass(frozen=True)
class Held:
    """One interruption: the calls to hold, the customer, the steps before the calls, and the action that causes the
    calls.
    """

    name: str
    calls: Sequence[tuple[str, str]]
    before: Callable[[Struck], None]
    cause: Callable[[Struck], None]


def _at_the_checkout(one: Struck) -> None:
    one.urls.append(one.person.checkout())


def _invited(one: Struck) -> None:
    one.demo.pay(one.person.checkout())
    one.urls.append(one.person.invited())


def _member(one: Struck) -> None:
    one.person.buy()
    one.person.received("Ya estás dentro")


def _before_paying(one: Struck) -> None:
    person = one.person
    person.send("/planes")
    person.press(person.received("Elige una casa de apuestas", button="Retabet"), "Retabet")
    person.received("Plan Retabet", button="Suscribirse")


def _pays(one: Struck) -> None:
    one.demo.pay(one.urls[0])


def _pays_without_webhooks(one: Struck) -> None:
    one.demo.pay(one.urls[0], webhooks="never")
    one.demo.post("/clock/advance", {"minutes": 4})


def _asks_to_join(one: Struck) -> None:
    assert one.person.open(one.urls[0])["result"] == "requested"


def _is_refunded(one: Struck) -> None:
    customers = "subscriptions s JOIN customers c ON c.id = s.customer_id"
    ref = one.demo.sql(f"SELECT provider_ref FROM {customers} WHERE c.telegram_id = {one.person.id}")
    one.demo.post(f"/subscriptions/stripe/{ref}/refund")


def _chooses(one: Struck) -> None:
    one.person.press(one.person.received("Plan Retabet", button="Suscribirse"), "Suscribirse")


CREATE = [("mtproto", "CreateChannel"), ("bot_api", "sendMessage")]
ROUNDS = (
    # Each of the two accounts works on one channel at a time.
    (
        Held("ana", CREATE, _at_the_checkout, _pays),
        Held("beto", [("mtproto", "EditAdmin")], _at_the_checkout, _pays),
        Held("carla", [("stripe", "GET /v1/checkout/sessions/{id}")], _at_the_checkout, _pays_without_webhooks),
    ),
    (
        Held("dora", [("mtproto", "ExportChatInvite")], _at_the_checkout, _pays),
        Held("eva", [("bot_api", "approveChatJoinRequest")], _invited, _asks_to_join),
        Held("fede", [("bot_api", "banChatMember")], _member, _is_refunded),
        Held("gil", [("stripe", "POST /v1/checkout/sessions")], _before_paying, _chooses),
    ),
)


def play(demo: Demo, held: Sequence[Held]) -> dict[str, Struck]:
    """Make each customer cause their call, hold the response, kill the callers, and release the responses."""
    struck = {one.name: Struck(demo, one.name, demo.person(one.name.title(), username=one.name)) for one in held}
    for one in held:
        one.before(struck[one.name])
    for one in held:
        demo.faults(*({"on": on, "method": method, "do": "hold_after", "times": 1} for on, method in one.calls))
        one.cause(struck[one.name])
        for _, method in one.calls:
            eventually(functools.partial(_held, demo, method), f"{method} is held")
    demo.kill("worker", "bot", "userbot")
    demo.faults()
    return struck


def _held(demo: Demo, method: str) -> dict[str, Any] | None:
    calls: list[dict[str, Any]] = demo.get("/calls")["calls"]
    return next((call for call in calls if call["method"] == method and call["state"] == "held"), None)


@pytest.fixture(scope="module")
def struck(tmp_path_factory: pytest.TempPathFactory, fork_client: ForkClient) -> Iterator[dict[str, Struck]]:
    with running_demo(tmp_path_factory.mktemp("demo"), fork_client=fork_client) as demo:
        yield {name: one for held in ROUNDS for name, one in play(demo, held).items()}


def create_channel(ana: Struck) -> None:
    ana.assert_sold_once()


def send_message(ana: Struck) -> None:
    """Assert that the customer received the message once or twice, and that the product counted the repetition. Sends
    have no idempotency key.
    """
    ana.assert_sold_once()
    sent = "SELECT count(*) FROM notifications WHERE kind = 'payment_received' AND sent_at IS NOT NULL AND recipient ="
    eventually(lambda: ana.demo.sql(f"{sent} {ana.person.id}") or None, "the message is on record as sent")
    reported = ana.said(RECEIPT)
    assert reported in {1, 2}
    eventually(lambda: repeated(ana.demo) == reported - 1, f"counted: {reported - 1}")


def repeated(demo: Demo) -> float:
    """Return the number of repeated messages from the metrics, which are refreshed at intervals."""
    metrics = httpx.get(f"{demo.facts['ops']}/metrics", timeout=ANSWER_SECONDS, trust_env=False).text
    counted = re.search(r'^umbral_messages_repeated\{kind="payment_received"\} ([\d.]+)$', metrics, re.MULTILINE)
    return float(counted[1]) if counted else 0.0


def edit_admin(beto: Struck) -> None:
    beto.assert_sold_once()
    rights = [set(admin["rights"]) - IMPLIED for admin in beto.inside()["admins"] if admin["is_bot"]]
    assert sorted(map(sorted, rights)) == sorted(map(sorted, [SUBSCRIPTION_BOT, SENDER_BOT, SENDER_BOT]))


def export_invite(dora: Struck) -> None:
    dora.assert_sold_once()
    assert len(dora.own_links()) == 1


def approve(eva: Struck) -> None:
    eva.assert_sold_once()
    eva.person.received("Ya estás dentro")
    assert eva.said("Ya estás dentro") == 1
    assert eva.inside()["requests"] == []


def ban(fede: Struck) -> None:
    def is_out() -> bool:
        (channel,) = fede.made()
        return not channel["banned"] and all(member["id"] != fede.person.id for member in channel["members"])

    eventually(lambda: is_out() or None, "out, and not barred for ever")
    eventually(lambda: fede.said("Te hemos devuelto") or None, "told of the refund")
    accesses = "SELECT a.id::text FROM accesses a JOIN customers c ON c.id = customer_id"
    access = f"({accesses} WHERE telegram_id = {fede.person.id})"
    removed = f"SELECT count(*) FROM audit_log WHERE action = 'access.revoked' AND subject = {access}"
    eventually(lambda: fede.demo.sql(removed) == 1 or None, "recorded once")
    assert fede.said("Te hemos devuelto") == 1


def create_session(gil: Struck) -> None:
    pay = gil.person.received("", button="Ir a pago seguro")
    gil.demo.pay(str(gil.person.press(pay, "Ir a pago seguro")["value"]))
    gil.assert_sold_once()
    opened = "SELECT count(DISTINCT session_ref) FROM checkout_attempts a JOIN orders o ON o.id = order_id"
    mine = f"{opened} JOIN customers c ON c.id = o.customer_id WHERE telegram_id = {gil.person.id}"
    assert gil.demo.sql(mine) == 1


def retrieve_session(carla: Struck) -> None:
    carla.assert_sold_once()
    eventually(lambda: carla.said(RECEIPT) or None, "told of the payment")
    assert carla.said(RECEIPT) == 1


CHECKS: dict[str, tuple[str, Callable[[Struck], None]]] = {
    "CreateChannel": ("ana", create_channel),
    "sendMessage": ("ana", send_message),
    "EditAdmin": ("beto", edit_admin),
    "ExportChatInvite": ("dora", export_invite),
    "approveChatJoinRequest": ("eva", approve),
    "banChatMember": ("fede", ban),
    "Stripe's session create": ("gil", create_session),
    "Stripe's session retrieve": ("carla", retrieve_session),
}


@pytest.mark.parametrize(("name", "check"), CHECKS.values(), ids=CHECKS.keys())
def test_call_whose_caller_is_killed_takes_effect_once(
    struck: dict[str, Struck], name: str, check: Callable[[Struck], None]
) -> None:
    check(struck[name])
