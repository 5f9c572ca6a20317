"""Staff commands as forms of the console, rendered from their declarations."""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from subscriptions.application.dto.typed_answers import Fact, Wrong
from subscriptions.application.feature_failures import contained_call
from subscriptions.application.staff.command import Outcome, StaffCommand, Subject, SubjectKind
from subscriptions.application.staff.inputs import Input, InputKind, choice_keys
from subscriptions.application.staff.run_command import InputsRefused, OperationConflict
from subscriptions.application.team.invite_colleague import InviteColleague
from subscriptions.application.vip.set_up_channel import SetUpChannel
from subscriptions.bootstrap.settings_in_force import meaning
from subscriptions.bootstrap.staff_commands import COMMANDS, SUBJECT_TYPES
from subscriptions.domain.entities.outgoing import EventKind
from web.console.pages.about import customer_page
from web.console.visit import (
    ROOT,
    Action,
    Beside,
    Field,
    FormFields,
    Page,
    PageGone,
    Redirection,
    ResultPage,
    Target,
    Visit,
)
from web.console.words import Words, alarm_words, with_code
from web.feature import web_parts

_CHOICE_KINDS: Final = frozenset({InputKind.CHOICE, InputKind.MANY, InputKind.TEXT})
"""Kinds of inputs that a form may render as choices."""
ROLES: Final = "chat.panel.role"
SUBJECT_ID: Final = "{id}"
"""Placeholder for the subject's id in a page's path. A path with this placeholder is the page of a single subject."""
_LEADS: Final[Mapping[type[StaffCommand], str]] = {
    SetUpChannel: f"{ROOT}{SUBJECT_TYPES[SubjectKind.RESOURCE].page}",
}
"""Page shown after a command, for commands that do not return to the page of their subject."""


async def no_page(visit: Visit) -> dict[str, object]:
    """Return no data, for a page that is shown only as the result of a command."""
    return {}


INVITATION_MADE: Final = Page(
    "invitation_made", "", "invitation_made.html", InviteColleague.permission, no_page, parent="invitations"
)
_RESULTS: Final[Mapping[type[StaffCommand], Page]] = {
    InviteColleague: INVITATION_MADE,
}
"""Result pages of the core's commands whose result is shown only once."""


def _result_page(command: type[StaffCommand]) -> Page | None:
    """Return the page of a result that is shown only once; None for a command without such a result."""
    found = [(name, part.results[command]) for name, part in web_parts().items() if command in part.results]
    of_features = (replace(page, feature=page.feature or name) for name, page in found)
    return _RESULTS.get(command) or next(of_features, None)


def action_of(command: type[StaffCommand]) -> Action:
    """Return the console form of a staff command."""

    async def find(visit: Visit, subject_id: str) -> Target | None:
        subject = await visit.use.run_command().subject(visit.who, command.name, subject_id)
        if subject is None:
            return None
        facts = {name: format_fact(visit.words, fact) for name, fact in subject.facts.items()} | {"said": subject.reads}
        name = subject.name
        if command.subject is SubjectKind.ALARM:
            name, _ = alarm_words(visit.words, str(subject.facts["alarm"]), subject.facts)
        if command.subject is SubjectKind.SETTING:
            name = with_code(f"{meaning(name, visit.words.language)} (`{name}`)")
        return Target(subject.id, name, _return_address(command, subject), facts)

    async def run(visit: Visit, target: Target, form: FormFields, operation: UUID) -> str | ResultPage | Redirection:
        answers = {each.name: form[each.name] for each in command.inputs}
        # Derive the secret from the session's token, so that reloading the page shows the same result.
        secret = hmac.digest(visit.token.encode(), f"umbral codes {operation}".encode(), "sha256")
        try:
            outcome = await visit.use.run_command()(
                visit.who, command.name, target.id, answers, operation, secret=secret
            )
        except InputsRefused as error:
            raise _first_error(error) from error
        except OperationConflict as conflict:
            raise PageGone("another command was sent with this form") from conflict
        if command.opens_made and command.makes is not None:
            return Redirection(str(operation), f"{ROOT}{SUBJECT_TYPES[command.makes].page}".format(id=operation))
        page = _result_page(command)
        return ResultPage(page, {"result": outcome.result}) if page is not None else str(operation)

    async def effect(visit: Visit, target: Target, form: FormFields) -> str:
        answers = {each.name: form[each.name] for each in command.inputs}
        try:
            follows = await visit.use.run_command().preview(visit.who, command.name, target.id, answers)
        except InputsRefused as error:
            raise _first_error(error) from error
        if follows is None:
            return ""
        facts = {name: format_fact(visit.words, fact) for name, fact in follows.facts.items()}
        return " ".join(
            visit.words.plain(f"chat.commands.{command.name}.effect.{each}", **facts) for each in follows.names
        )

    return Action(
        command.name,
        command.permission,
        find,
        run,
        tuple(_field(command, each) for each in command.inputs),
        at_once=not command.needs_confirmation,
        effect=effect,
        beside=partial(_beside, command.subject),
        takes_file=command.takes_file,
        previews_at_once=command.previews_at_once,
    )


async def _beside(kind: str, visit: Visit, target: Target) -> Beside | None:
    """Return a feature's facts about the subject of a command; None if no feature has facts."""
    found = [(name, part.beside[kind]) for name, part in web_parts().items() if kind in part.beside]
    for name, read in found:
        beside = await contained_call(name, f"form: {kind}", read)(visit, target)
        if beside is not None:
            return replace(beside, feature=name)
    return None


def _return_address(command: type[StaffCommand], subject: Subject) -> str:
    if command.console_page:
        return f"{ROOT}{command.console_page}"
    if command in _LEADS:
        return _LEADS[command]
    if subject.customer is not None and SUBJECT_ID not in SUBJECT_TYPES[command.subject].page:
        return customer_page(subject.customer.id)
    if command.subject is SubjectKind.TEXT:
        return f"{ROOT}/texts/{subject.id}"
    page = SUBJECT_TYPES[command.makes or command.subject].page
    return f"{ROOT}{page}".format(id=subject.id.partition(".")[0])


def _first_error(refusal: InputsRefused) -> Wrong:
    name, wrong = next(iter(refusal.errors.items()))
    wrong.question = name
    return wrong


def _field(command: type[StaffCommand], asked_input: Input[Any]) -> Field:
    return Field(
        asked_input.name,
        asked_input.parse,
        asked_input.kind,
        _choices(command, asked_input) if asked_input.kind in _CHOICE_KINDS else None,
        most=asked_input.limits[1] if asked_input.limits else 0,
        initial=lambda target: str(target.facts.get(asked_input.name, asked_input.default or "")),
        optional=asked_input.default is not None,
        dialogue=command.name,
        marked=asked_input.is_marked,
    )


def _choices(
    command: type[StaffCommand], asked_input: Input[Any]
) -> Callable[[Visit, Target], Awaitable[Sequence[tuple[str, ...]]]]:
    async def choices(visit: Visit, target: Target) -> Sequence[tuple[str, ...]]:
        runner = visit.use.run_command()
        subject = await runner.subject(visit.who, command.name, target.id)
        if subject is None:
            raise PageGone("nothing to do it to")
        offered_choices = await runner.choices(visit.who, command.name, asked_input.name, subject)
        words = visit.words
        labels = [
            str(words.in_language(each.label)) if each.label else label_of(words, command, asked_input, each.value)
            for each in offered_choices
        ]
        groups = [(words(f"section.{each.group}"),) if each.group else () for each in offered_choices]
        return [(each.value, label, *group) for each, label, group in zip(offered_choices, labels, groups, strict=True)]

    return choices


def label_of(words: Words, command: type[StaffCommand], asked_input: Input[Any], value: str) -> str:
    """Return the label of a choice that declares no label."""
    keys = (f"chat.{each}" for each in choice_keys(command.name, asked_input, value))
    key = next((key for key in keys if words.has(key)), None)
    return words(key) if key is not None else words.one_of(ROLES, value)


def format_fact(words: Words, fact: Fact) -> object:
    """Return a fact in the console's format. Values that the texts format themselves are returned unchanged."""
    if isinstance(fact, EventKind):
        return words.one_of("chat.commands.choice", fact)
    return words.in_language(fact) if isinstance(fact, datetime | tuple) else fact


def outcome_text(words: Words, command: str, outcome: Outcome) -> str:
    """Return the sentence that describes a command's result."""
    facts = {name: format_fact(words, fact) for name, fact in outcome.facts.items()}
    return words.plain(f"chat.commands.{command}.done.{outcome.name}", **facts)


ACTIONS: Final[Mapping[str, Action]] = {name: action_of(command) for name, command in COMMANDS.items()}
