"""Check that every staff command has all texts on every interface and in each language of staff."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import subscriptions
from bot.panel.command_buttons import own_page, page_of
from bot.panel.index import FORMS, PAGES
from bot.texts import texts_for
from subscriptions.application.staff.command import StaffCommand, SubjectKind
from subscriptions.application.staff.inputs import InputKind
from subscriptions.bootstrap.staff_commands import COMMANDS
from tests.support.each_case import each_case
from tests.support.of_features import of_features
from web.console.index import ACTIONS
from web.console.words import LANGUAGES

ALL_COMMANDS = list(COMMANDS.values())
FACTS = {
    SubjectKind.SHOP: {"plan"},
    SubjectKind.CUSTOMER: {"name"},
    SubjectKind.INVITATION: {"name", "role"},
    SubjectKind.ROLE: {"role", "permissions"},
    SubjectKind.SUBSCRIPTION: {"name", "plan", "until"},
    SubjectKind.PAYMENT: {"name", "of", "at", "left"},
    SubjectKind.ACCESS: {"name"},
    SubjectKind.TEXT: {"text", "default"},
    SubjectKind.PLAN: {"plan", "costs"},
    SubjectKind.ALARM: set(),
    SubjectKind.PAYMENT_METHOD: {"method"},
    SubjectKind.BULK_EXPIRY: {"people", "at"},
    **of_features("walks", "SUBJECT_FACTS"),
    SubjectKind.RESOURCE: {"title"},
    SubjectKind.AWAITED_PAYMENT: {"name", "amount", "plan", "order", "reference"},
    SubjectKind.JOB: set(),
    SubjectKind.WEBHOOK: {"provider"},
    SubjectKind.SETTING: {"setting", "value", "given"},
}
"""Facts that texts about a subject may use, keyed by kind of subject."""


def names(text: str) -> set[str]:
    return {name for _, name, *_ in Formatter().parse(text) if name}


@each_case("language", LANGUAGES)
@each_case("command", ALL_COMMANDS, ids=lambda command: command.name)
def test_staff_command_has_every_text_that_it_uses_and_no_unused_text(
    command: type[StaffCommand], language: str
) -> None:
    entries, own = texts_for(language).entries, f"commands.{command.name}"
    wanted = {f"{own}.{part}" for part in ("label", "about", "sure")}
    wanted |= {f"{own}.done.{outcome}" for outcome in command.outcomes}
    wanted |= {f"{own}.effect.{effect}" for effect in command.effects}
    wanted |= {f"{own}.ask.{asked.name}" for asked in command.inputs} | {
        f"commands.field.{each.name}" for each in command.inputs
    }
    choices = tuple(
        f"{own}.choice.{asked.name}." for asked in command.inputs if asked.kind in {InputKind.CHOICE, InputKind.MANY}
    )
    wanted |= {key for key in entries if key.startswith(choices)}
    there = {key for key in entries if key.startswith(f"{own}.")} | {
        f"commands.field.{each.name}" for each in command.inputs
    }

    assert wanted - set(entries) == set()
    assert there - wanted <= {f"{own}.do"}, "words that nothing says"
    assert names(entries[f"{own}.sure"]) <= FACTS[command.subject]


def refusals() -> Iterator[str]:
    """Yield the keys of all refusals in the sources, such as `Wrong("days_zero")`."""
    for path in Path(subscriptions.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Wrong":
                key = node.args[0]
                either = (key.body, key.orelse) if isinstance(key, ast.IfExp) else (key,)
                yield from (str(each.value) for each in either if isinstance(each, ast.Constant))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_a_staff_command_has_a_text(language: str) -> None:
    entries = texts_for(language).entries
    assert sorted({key for key in refusals() if f"forms.wrong.{key}" not in entries}) == []


@each_case("command", ALL_COMMANDS, ids=lambda command: command.name)
def test_staff_command_is_available_on_every_interface(command: type[StaffCommand]) -> None:
    assert PAGES[page_of(command)].action is command.permission
    assert ACTIONS[command.name].action is command.permission
    assert command.permission.ability is not None
    assert own_page(command) is not None or command.name in FORMS or not command.inputs
    assert len(set(command.outcomes)) == len(command.outcomes) > 0


@each_case("command", ALL_COMMANDS, ids=lambda command: command.name)
def test_every_interface_parses_command_inputs_as_the_command_declares(command: type[StaffCommand]) -> None:
    """The shell and the API pass the typed text to the runner, which parses the text as declared; chat and console
    parse it before.
    """
    fields, form = {each.name: each for each in ACTIONS[command.name].fields}, FORMS.get(command.name)
    assert set(fields) == {asked.name for asked in command.inputs}
    for asked in command.inputs:
        question = form.question(asked.name) if form is not None else None
        assert fields[asked.name].parse is asked.parse
        assert form is None or (question is not None and question.parse is asked.parse)
