"""Evidence documents: names in any script, lists over several pages, both languages, and reproducible bytes."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from features.evidence.domain import (
    Evidence,
    EvidenceConsent,
    EvidenceCustomer,
    EvidenceMessage,
    EvidenceOrder,
    EvidencePayment,
    EvidencePick,
)
from features.evidence.files import LANGUAGES, WrittenEvidence
from subscriptions.domain.ids import new_uuid
from subscriptions.domain.money import Money
from tests.features.evidence.fakes import words_of

AT = datetime(2026, 11, 3, 10, tzinfo=UTC)
PRICE = Money(2999, "EUR")
FILES = WrittenEvidence()
EVIDENCE = Evidence(
    seller="Retador S.L. · B00000000",
    site="https://retador.example",
    made_at=AT,
    payment=EvidencePayment(
        id=new_uuid(),
        reference="A1B2C3D4",
        provider="acme",
        provider_key="pay-1",
        amount=PRICE,
        status="captured",
        renewal=False,
        paid_at=AT,
    ),
    customer=EvidenceCustomer(
        telegram_id=7, first_name="Ana", username=None, language="es", country="ES", since=AT - timedelta(days=9)
    ),
    order=EvidenceOrder(plan="💎 VIP", price=PRICE, every="1 month", gift=False, ordered_at=AT, paid_at=AT),
    begins=AT,
    ends=AT + timedelta(days=30),
    consents=[EvidenceConsent(version="7", language="es", accepted_at=AT)],
    declarations=[],
    invites=[],
    joins=[],
    picks=[],
    messages=[],
    refunds=[],
    disputes=[],
)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Ольга Żaneta Ñandú Ωμέγα", "Ольга Żaneta Ñandú Ωμέγα"),
        ("Jose\u0301 💎", "José"),
        ("王", "[U+738B]"),
    ],
)
def test_names_keep_their_script_unless_the_font_lacks_characters(name: str, written: str) -> None:
    named = replace(EVIDENCE, customer=replace(EVIDENCE.customer, first_name=name))
    assert written in words_of(FILES.pdf(named, "es"))
    assert name.encode() in FILES.json(named)


def test_document_states_that_a_section_has_no_records() -> None:
    said = words_of(FILES.pdf(EVIDENCE, "en"))
    assert said.count("Nothing on record.") == 7
    assert "Accepted version 7" in said


def test_long_lists_span_as_many_pages_as_needed() -> None:
    picks = [EvidencePick(chat="VIP", text=f"Tip {number}\nBetis", posted_at=AT) for number in range(200)]
    message = EvidenceMessage(kind="joined", owed_at=AT, sent_at=None, failed="blocked_bot", text=None)
    full = replace(EVIDENCE, picks=picks, messages=[message], left_out=3)
    document = FILES.pdf(full, "en")
    said = words_of(document)
    assert all(f"Tip {number}" in said for number in range(200))
    assert document.count(b"/Type /Page/") > 3
    assert "joined: not delivered (blocked_bot)" in said
    assert "And 3 older lines" in said


def test_same_evidence_gives_the_same_document() -> None:
    assert FILES.pdf(EVIDENCE, "es") == FILES.pdf(EVIDENCE, "es")
    assert FILES.pdf(EVIDENCE, "fr") == FILES.pdf(EVIDENCE, "en")


def test_word_wider_than_a_line_is_broken() -> None:
    long = replace(EVIDENCE, customer=replace(EVIDENCE.customer, first_name="W" * 400))
    assert words_of(FILES.pdf(long, "es")).replace(" ", "").count("W" * 400) == 1


def test_evidence_has_the_same_text_keys_in_both_languages() -> None:
    words = tomllib.loads(files("features.evidence.files").joinpath("words.toml").read_text("utf-8"))

    def keys(table: dict[str, object], prefix: str = "") -> set[str]:
        found: set[str] = set()
        for name, value in table.items():
            found |= keys(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}"}
        return found

    assert tuple(words) == LANGUAGES
    assert keys(words["es"]) == keys(words["en"])
