"""A dispute about a renewal, from its opening to its decision: the recorded facts, the evidence that the owner submits
to the provider, and the results of a won and a lost dispute.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, get_type_hints

import httpx
import pytest
from stripe.params import DisputeUpdateParams
from stripe.params._dispute_update_params import DisputeUpdateParamsEvidence

from tests.e2e.test_admin import Operator
from tests.features.evidence.fakes import words_of
from tests.support.demo import ANSWER_SECONDS, Demo, eventually
from tests.support.member import (
    LATE,
    Member,
    advance,
    advance_to,
    alarmed,
    command,
    known_member,
    now,
    order_of,
    receipts,
    wait_until_idle,
)
from tests.support.withdrawing import buys

pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

# The clock is shared, so many subscriptions may end at once; a high limit keeps the bulk expiry from asking the owner.
SETTINGS = {"SWEEP_GUARD": "100", "WITHDRAWAL_DECLARATIONS": "content"}

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOTH = ("Pido empezar ya", "Pierdo el derecho de desistimiento")
PICK = "Betis gana"
PARTS = (
    "Evidence for a payment",
    "The order",
    "Terms accepted",
    "Declared before paying",
    "Delivery of access",
    "Notices before the charge",
    "Posted while they had access",
    "Messages sent",
    "Refunds",
    "Disputes",
)
"""Headings of the evidence document."""


@dataclass(frozen=True)
class Records:
    """Recorded facts about a payment, as read by a program of the operator."""

    demo: Demo
    payment: str
    key: str

    def get(self, ending: str, **query: str) -> httpx.Response:
        url = f"{self.demo.facts['web']}/api/v1/payments/{self.payment}/evidence{ending}"
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = httpx.get(url, params=query, headers=headers, trust_env=False, timeout=ANSWER_SECONDS)
        return answer.raise_for_status()


@pytest.fixture(scope="module")
def key(demo: Demo) -> str:
    """Create an API key for the operator's program."""
    return command(demo, "keys", "add", "disputes", "--abilities", "payments,refund").split()[-1]


def declared(demo: Demo, provider: str, name: str) -> Member:
    """Create a customer who waived the right to withdraw, paid, and joined the channel."""
    person = buys(demo, provider, name, *BOTH)
    channel = eventually(lambda: demo.channel_of(person), "their channel")
    return known_member(demo, person, int(channel["id"]), "Retabet")


def gets_a_tip_and_money_back(one: Member) -> None:
    """Post a betting tip to the plan and refund a part of the last payment."""
    eventually(lambda: PICK in str(one.person.messages(one.channel_id)), "the tip is in their channel")
    one.at_provider("refund", amount="5.00")
    one.received("Te hemos devuelto")


def renewed(demo: Demo, provider: str, *names: str) -> list[Member]:
    """Create customers who were notified of their renewal, paid the renewal, and received a betting tip and a partial
    refund.
    """
    members = [declared(demo, provider, name) for name in names]
    ends = [one.period_end() for one in members]
    advance_to(demo, min(ends) - 2 * DAY)
    for one in members:
        one.received("se renueva")
    advance_to(demo, max(ends) + HOUR)
    for one in members:
        one.received("Renovado")
    assert demo.pick(f"pick-{provider}", {"plan": "retabet", "text": PICK}).status_code == 202
    for one in members:
        gets_a_tip_and_money_back(one)
    # A dispute has a timestamp in whole seconds, and posts after its opening do not count as delivered.
    advance(demo, hours=1)
    return members


def disputes(one: Member, key: str) -> Records:
    """Open a dispute and return the recorded evidence. Asserts that the evidence is complete within a minute."""
    began = time.monotonic()
    one.at_provider("dispute")
    alarmed(one.demo, "Puedes responder a una disputa con un toque", order_of(one.received("Renovado")))
    payment = one.demo.sql(
        "SELECT p.id FROM payments p JOIN customers c ON c.id = customer_id"
        f" WHERE telegram_id = {one.person.id} ORDER BY occurred_at DESC LIMIT 1"
    )
    records = Records(one.demo, str(payment), key)
    shown, document = records.get("").json(), words_of(records.get(".pdf").content)
    assert time.monotonic() - began < 60
    complete(one, shown, document)
    one.received("ha abierto una disputa")
    one.stands("paused", "suspended")
    return records


def complete(one: Member, facts: Mapping[str, Any], document: str) -> None:
    """Assert that order, consents, delivery times, joins, tips, messages, notices and refunds are recorded."""
    assert (facts["payment"]["provider"], facts["payment"]["renewal"]) == (one.provider_code, True)
    assert (facts["order"]["plan"].endswith(one.plan), facts["order"]["price"]["minor"]) == (True, 2999)
    assert facts["begins"] < facts["ends"]
    for part, moment in (
        ("consents", "accepted_at"),
        ("declarations", "declared_at"),
        ("joins", "joined_at"),
        ("refunds", "refunded_at"),
        ("disputes", "opened_at"),
    ):
        assert facts[part], part
        assert all(each[moment] for each in facts[part]), part
    assert all(each["complete"] and each["words"] for each in facts["declarations"])
    assert PICK in [each["text"] for each in facts["picks"]]
    [notice] = [each for each in facts["messages"] if each["kind"] == "renewal_coming"]
    assert "29,99" in notice["text"]
    assert facts["begins"] > notice["sent_at"]
    assert "renewed" in [each["kind"] for each in facts["messages"]]
    assert [each["amount"]["minor"] for each in facts["refunds"]] == [500]
    for words in (*PARTS, PICK, "5.00 EUR", facts["disputes"][0]["key"], facts["payment"]["reference"]):
        assert words in document, words


def send(one: Member, records: Records) -> bytes:
    """Submit the evidence in the chat as the owner, and return the submitted document."""
    operator = Operator(one.demo)
    operator.card_of(one.person)
    operator.press("💶 Pagos", "disputa abierta")
    operator.press(" ▸", "disputa abierta")
    operator.press("📤 Enviar pruebas", "Las pruebas se están enviando")
    wait_until_idle(one.demo)
    document = records.get(".pdf", sent="true").content
    assert PICK in words_of(document)
    return document


def received(demo: Demo, protocol: str, method: str) -> Mapping[str, Any]:
    """Return the parameters of the newest call of this method that a simulator received."""
    calls = [each for each in demo.get("/calls")["calls"] if (each["protocol"], each["method"]) == (protocol, method)]
    assert calls[-1]["state"] == "done", calls[-1]
    params: Mapping[str, Any] = calls[-1]["params"]
    return params


def taken_by_stripe(one: Member, document: bytes) -> None:
    """Assert that the call conforms to the parameters and limits of Stripe's library, which is generated from the API
    description.
    """
    upload = received(one.demo, "stripe", "POST /v1/files")
    assert upload["purpose"] == "dispute_evidence"
    file = upload["file"]
    assert (file["kind"], file["sha256"]) == ("pdf", sha256(document).hexdigest())
    assert int(file["size"]) <= 5_000_000
    update = received(one.demo, "stripe", "POST /v1/disputes/{id}")
    assert set(update) - {"id"} <= set(get_type_hints(DisputeUpdateParams))
    evidence = update["evidence"]
    assert set(evidence) <= set(get_type_hints(DisputeUpdateParamsEvidence))
    assert update["submit"] == "true"
    assert evidence["service_documentation"].startswith("file_")
    texts = [text for name, text in evidence.items() if name != "service_documentation"]
    assert all(0 < len(text) <= 20_000 for text in texts)
    assert sum(map(len, texts)) <= 150_000
    assert f"Telegram user {one.person.id} entered" in evidence["access_activity_log"]
    assert "They accepted the terms" in evidence["uncategorized_text"]


def taken_by_paypal(one: Member, document: bytes) -> None:
    """Assert that the call conforms to PayPal's description of `POST /v1/customer/disputes/{id}/provide-evidence`
    (Customer Disputes v1).
    """
    call = received(one.demo, "paypal", "POST /v1/customer/disputes/{id}/provide-evidence")
    assert set(call) == {"id", "evidences", "files"}
    [file] = call["files"]
    assert file["sha256"] == sha256(document).hexdigest()
    assert file["size"] < 10 * 1024 * 1024
    [evidence] = call["evidences"]
    assert set(evidence) == {"evidence_type", "documents", "notes"}
    assert evidence["evidence_type"] == "PROOF_FOR_SOFTWARE_OR_SERVICE_DELIVERED"
    assert evidence["documents"] == [{"name": file["name"]}]
    assert re.fullmatch(r"[A-Za-z0-9\-_,\s]+\.[A-Za-z]+", file["name"])
    assert 0 < len(evidence["notes"]) <= 2000
    assert "They accepted the terms" in evidence["notes"]


TAKEN = {"stripe": taken_by_stripe, "paypal": taken_by_paypal}


@pytest.mark.parametrize("provider", ["stripe", "paypal"])
def test_dispute_answered_with_evidence_is_won_or_lost(demo: Demo, key: str, provider: str) -> None:
    gina, hugo = renewed(demo, provider, "Gina", "Hugo")
    end = gina.period_end()
    for one in (gina, hugo):
        document = send(one, disputes(one, key))
        TAKEN[provider](one, document)
    seq, at = hugo.seq(), now(demo)
    hugo.at_provider("lose_dispute")
    hugo.received("La disputa por tu pago", after=seq)
    lost = hugo.stands("expired", "revoked", at, LATE)
    hugo.billing_ends()
    seq = gina.seq()
    advance(demo, days=3)
    gina.at_provider("win_dispute")
    gina.received("La disputa por tu pago", after=seq)
    gina.comes_in(seq)
    # The days lost to the dispute are added.
    won = gina.stands("active", "active", end + 3 * DAY, LATE)
    assert any("dispute" in entry for entry in lost.entries), lost.entries
    assert len(won.entries) >= 2, won.entries
    assert sorted(row["amount"] for row in receipts(demo, gina.person)) == ["-5.00", "29.99", "29.99"]
    assert sorted(row["amount"] for row in receipts(demo, hugo.person)) == ["-24.99", "-5.00", "29.99", "29.99"]
    operator = Operator(demo)
    for one, outcome in ((gina, "disputa ganada"), (hugo, "disputa perdida")):
        operator.card_of(one.person)
        assert outcome in operator.screen["text"]
        assert "pruebas de una disputa enviadas" in operator.screen["text"]
