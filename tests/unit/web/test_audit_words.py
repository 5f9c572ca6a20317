"""Names in the audit have words in each language of staff."""

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


def recorded() -> set[str]:
    """Return every permission that changes something and every action that use cases write themselves."""
    actions = {str(action) for action in permissions() if not action.endswith(".see")}
    for path in APPLICATION.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "audit" not in text and "note(uow" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and ACTION.fullmatch(node.value):
                actions.add(node.value)
    return actions


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_has_words(language: str) -> None:
    words, actions = words_for(language), recorded()
    names = {action: action.replace(".", "_") for action in actions}

    assert {"channel.frozen", "plan.created", "staff.refused"} <= actions
    assert [
        action
        for action, name in sorted(names.items())
        if not words.has(f"did.{name}") and not words.has(f"chat.people.did.{name}")
    ] == []


class Speaker:
    def one_of(self, table: str, name: object) -> str:
        return words_for("es").one_of(table, name)


def test_internal_id_is_shown_with_its_kind() -> None:
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
    """Return every fixed reason of several words that the product itself writes into the audit."""
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
def test_every_reason_of_the_product_is_translated(language: str) -> None:
    words, known = words_for(language), reasons()
    assert {"ended by staff", "decided by the operator"} & known
    assert sorted(reason for reason in known if words.why(reason) == reason) == []
