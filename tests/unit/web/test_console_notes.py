"""Check that results of payment events are shown in the reader's language, although the inbox stores them as one text
for programs.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Sequence
from typing import Final

import pytest

from subscriptions.domain.entities.ledger import LedgerKind
from subscriptions.domain.entities.payment import FlagReason
from subscriptions.domain.entities.reversal import DisputeStatus
from subscriptions.domain.entities.subscription import SubscriptionStatus
from subscriptions.domain.services import payment_decisions, payment_outcomes, reversal_decisions
from subscriptions.domain.services.payment_outcomes import Extent
from tests.support.each_case import each_case
from web.console.words import LANGUAGES, words_for

FILLED: Final[dict[str, Sequence[str]]] = {
    "{0.flag}": tuple(FlagReason),
    "{0.kind}": tuple(LedgerKind),
    "{0.extent}": tuple(Extent),
    "{0.subscription.status}": tuple(SubscriptionStatus),
    "{0.status}": tuple(DisputeStatus),
}


def notes() -> Iterator[str]:
    """Yield each note that the inbox may store."""
    for _, outcome in inspect.getmembers(payment_outcomes, inspect.isclass):
        template = vars(outcome).get("_text")
        if template is None or template == "{0.requirement}":
            continue
        channel = next((each for each in FILLED if each in template), "")
        yield from (template.replace(channel, word) for word in FILLED[channel]) if channel else (template,)
    for module in (payment_decisions, reversal_decisions):
        yield from _missing_prerequisites(ast.parse(inspect.getsource(module)))


def _missing_prerequisites(tree: ast.AST) -> Iterator[str]:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("PrerequisiteMissing"):
            text = ast.unparse(call.args[0])
            yield eval(text, {"event": _Named()})  # noqa: S307 - a sentence of our own source


class _Named:
    order_id = "0190-ab"
    subscription_ref = "sub_1{x}"


ALL: Final = sorted(set(notes()))


def test_search_finds_all_payment_event_notes_in_the_source() -> None:
    """The tests below check only the notes found by this search."""
    assert {"counted", "set aside: second_capture", "dispute is won already", "order 0190-ab does not exist"} <= set(
        ALL
    )
    assert len(ALL) > 40


@each_case("note", ALL)
def test_each_payment_event_note_is_translated_to_spanish(note: str) -> None:
    reported = words_for("es").event(note)

    assert reported != note
    assert "{" not in reported.replace("sub_1{x}", "")
    assert not {word for words in FILLED.values() for word in words if "_" in word and word in reported}


@each_case("note", ALL)
def test_each_payment_event_note_is_shown_in_english_without_internal_codes(note: str) -> None:
    reported = words_for("en").event(note)

    assert reported
    assert not {word for words in FILLED.values() for word in words if "_" in word and word in reported}


def test_note_about_an_unknown_order_keeps_the_order_id() -> None:
    assert words_for("es").event("order 0190-ab does not exist") == "el pedido 0190-ab no existe"


@pytest.mark.parametrize("language", LANGUAGES)
def test_unknown_note_is_shown_verbatim(language: str) -> None:
    assert words_for(language).event("HTTP 502 {oops}") == "HTTP 502 {oops}"
