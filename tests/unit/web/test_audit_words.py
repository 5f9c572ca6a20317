"""Check that every name in the audit log has a text in each language of staff."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, cast

import pytest

import features
import subscriptions
from subscriptions.application.lists.columns import Look
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.known_permissions import permissions
from subscriptions.domain.entities.customer import StaffRole
from subscriptions.domain.services.staff_policy import StaffAction
from subscriptions.infrastructure.database.lists.work import AUDIT
from web.console.words import LANGUAGES, words_for

APPLICATION = Path(subscriptions.__path__[0]) / "application"
FEATURES = Path(features.__path__[0])
ACTION = re.compile(r"[a-z_]+\.[a-z_]+")
RECORDS = re.compile(r"AuditEntry|\.audit\.|\bnote\(uow")
FACT = re.compile(r"\{[a-z_]+\}")
ENGLISH = re.compile(
    r"\b(?:the|of|by|with|from|and|not|was|is|are|staff|asked|made|changed|removed|ended|started|customer|sweep|payment|"
    r"invitation|access|account|channel|question|receipt|role|setting|text|token|refund|method|request)\b",
    re.IGNORECASE,
)
"""English words that must not appear in a Spanish text of the audit log. Names of brands and formats are not listed,
because they are the same in both languages.
"""


def recorded() -> set[str]:
    """Return every permission that changes something and every action that use cases audit themselves."""
    actions = {str(action) for action in permissions() if not action.endswith(".see")}
    for path in APPLICATION.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "audit" not in text and "note(uow" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ACTION.fullmatch(node.value):
                actions.add(node.value)
    return actions | recorded_by_features()


def recorded_by_features() -> set[str]:
    """Return every action that features write themselves: a constant, or an argument of a call."""
    actions = set[str]()
    for path in FEATURES.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if not RECORDS.search(text):
            continue
        for node in ast.walk(ast.parse(text)):
            given = list[ast.expr]()
            if isinstance(node, ast.Call):
                given = [*node.args, *(each.value for each in node.keywords)]
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                given = [node.value] if ast.unparse(node.target).endswith("ACTION") else []
            for each in given:
                chosen = (each.body, each.orelse) if isinstance(each, ast.IfExp) else (each,)
                values = [part.value for part in chosen if isinstance(part, ast.Constant)]
                actions |= {value for value in values if isinstance(value, str) and ACTION.fullmatch(value)}
    return actions


def sentence_of(action: str, language: str) -> str:
    """Return the text of an action, without its facts; empty if there is none."""
    words, name = words_for(language), action.replace(".", "_")
    key = f"did.{name}" if words.has(f"did.{name}") else f"chat.people.did.{name}"
    return FACT.sub("", words.entries.get(key, ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_audited_action_has_a_description(language: str) -> None:
    actions = recorded()
    assert {"channel.frozen", "plan.created", "staff.refused", "question.answered", "takeover.refuse"} <= actions
    assert [action for action in sorted(actions) if not sentence_of(action, language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_audit_subject_has_a_name(language: str) -> None:
    """The audit log shows this name with a part of the id, also for customers whose data was erased."""
    words, kinds = words_for(language), {action.partition(".")[0] for action in recorded()}
    assert [kind for kind in sorted(kinds) if not words.has(f"subject.{kind}")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_permission_that_can_be_refused_has_a_name(language: str) -> None:
    words = words_for(language)
    assert [action for action in sorted(permissions()) if words.one_of("chat.commands.choice", action) == action] == []


def test_spanish_audit_lines_contain_no_english() -> None:
    """Check the sentence, the kind of subject, and the reasons given by the product itself."""
    words, actions = words_for("es"), recorded()
    kinds = {action: action.partition(".")[0] for action in actions}
    texts = {action: f"{sentence_of(action, 'es')} {words(f'subject.{kind}')}" for action, kind in kinds.items()}
    texts |= {reason: words.why(reason) for reason in reasons()}
    texts |= {action: words.one_of("chat.commands.choice", action) for action in permissions() if action not in texts}
    assert {name: text for name, text in texts.items() if ENGLISH.search(text)} == {}
    assert [action for action in sorted(actions) if sentence_of(action, "es") == sentence_of(action, "en")] == []


class Speaker:
    def one_of(self, table: str, name: object) -> str:
        return words_for("es").one_of(table, name)


def test_audit_subject_with_an_internal_id_is_shown_shortened_with_its_kind() -> None:
    (subject,) = [column for column in AUDIT.columns if column.name == "subject"]
    row = {"customer_id": None, "action": "channel.frozen", "subject": "8831f894-1111-4222-8333-123456789abc"}
    pieces = subject.show(row, cast(Any, Speaker()))

    assert [(piece.text, piece.look) for piece in pieces] == [("canal", Look.PLAIN), ("8831f894", Look.CODE)]
    (whole,) = subject.show({**row, "subject": "es:plans.welcome"}, cast(Any, Speaker()))
    assert whole.text == "es:plans.welcome"


def test_refused_permission_is_shown_in_words() -> None:
    refusal = NotAllowed(StaffRole.SUPPORT, StaffAction.REFUND_PAYMENT)
    assert words_for("es").why(str(refusal)) == "el rol «soporte» no permite devolver dinero"
    assert words_for("en").why(str(NotAllowed(None, StaffAction.REFUND_PAYMENT))) == "isn't on the team"
    (subject,) = [column for column in AUDIT.columns if column.name == "subject"]
    row = {"customer_id": None, "action": "staff.refused", "subject": "payment.refund"}
    pieces = subject.show(row, cast(Any, Speaker()))
    assert [(piece.text, piece.look) for piece in pieces] == [
        ("devolver dinero", Look.PLAIN),
        ("payment.refund", Look.BELOW),
    ]


def reasons() -> set[str]:
    """Return every fixed reason of several words that the product writes to the audit log."""
    found = set[str]()
    for path in (*APPLICATION.rglob("*.py"), *FEATURES.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            given = list(call.args[1:2]) if name == "note" else []
            if name in {"record", "AuditEntry"}:
                given += [each.value for each in call.keywords if each.arg in {"reason", "why"}]
            for each in given:
                # A reason with a value inside could not be translated; the value is one of the facts.
                begins = isinstance(each, ast.JoinedStr) and isinstance(each.values[0], ast.Constant)
                assert not begins, f"{path.name}: {ast.unparse(each)}"
                if not isinstance(each, ast.JoinedStr):
                    texts = [node.value for node in ast.walk(each) if isinstance(node, ast.Constant)]
                    found |= {text for text in texts if isinstance(text, str) and " " in text}
    return found


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_every_audit_reason_of_the_product_is_translated(language: str) -> None:
    words, known = words_for(language), reasons()
    assert {"ended by staff", "decided by the operator"} & known
    assert sorted(reason for reason in known if words.why(reason) == reason) == []
