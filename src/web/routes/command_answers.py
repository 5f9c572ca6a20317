"""API responses to staff commands, shared by the operations that carry them out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from fastapi import Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.people.staff_desk import NotAllowed
from subscriptions.application.staff.command import FeatureOff, NothingToDo, Outcome, StaffCommand, SubjectGone
from subscriptions.application.staff.run_command import InputsRefused, OperationConflict
from subscriptions.application.staff.subject_type import SubjectType
from subscriptions.bootstrap.staff_commands import SUBJECT_TYPES
from subscriptions.domain.money import Money
from web.body import BodyIncomplete, BodyTooLarge
from web.console.said import ChatWords
from web.console.words import words_for
from web.problems import V1, refusal, wrong_fields
from web.routes.writing import BODY_LIMIT

_MADE_AT: Final = {"add_content": f"{V1}/resources/content"}
"""Paths of commands that create a subject but cannot use the usual path, the path of the subject's list, because
another command uses it. Keyed by command.
"""
SAYS: Final = ChatWords(words_for("en"))
"""Texts for API clients, in English."""


class OutcomeOut(BaseModel):
    """Result of a staff command."""

    outcome: str = Field(description="Result, one of the operation's outcomes.")
    says: str = Field(description="The result as a sentence.")
    facts: dict[str, str | int] = Field(
        description="Values used in the sentence: times in ISO 8601, money as `9.99 EUR`."
    )


def path_of(command: type[StaffCommand]) -> str:
    """Return the path of a staff command."""
    if command.makes is not None:
        if command.api_path:
            return f"{V1}/{command.api_path}"
        return _MADE_AT.get(command.name) or _list_of(SUBJECT_TYPES[command.makes])
    verb = command.name.removesuffix(f"_{command.subject}").replace("_", "-")
    return f"{path_to(SUBJECT_TYPES[command.subject])}/{verb}"


def _list_of(subject: SubjectType) -> str:
    """Return the path of a subject's list. Requests for commands that create a subject of this kind are sent to the
    same path.
    """
    return f"{V1}/{subject.path}" if subject.path else V1


def path_to(subject: SubjectType) -> str:
    """Return the path of one subject, or the API's root for subjects without an id."""
    return f"{_list_of(subject)}/{{{subject.parameter}}}" if subject.parameter else V1


def refused(command: type[StaffCommand], error: Exception) -> Response:
    """Return the error response for a known error of a command. Raises any other error again."""
    match error:
        case ValidationError():
            return wrong_fields([("body", "must be one JSON object")])
        case InputsRefused(errors=errors):
            return wrong_fields([(field, SAYS.wrong(each)) for field, each in errors.items()])
        case BodyIncomplete():
            status, reason = 400, "the body did not arrive"
        case NotAllowed():
            status, reason = 403, f"send a key that may {command.permission.ability}"
        case SubjectGone():
            status, reason = 404, f"there is no such {command.subject.replace('_', ' ')}"
        case OperationConflict():
            status, reason = 409, "this Idempotency-Key came with something else"
        case FeatureOff():
            status, reason = 409, str(error)
        case NothingToDo():
            status, reason = 409, f"nothing was done: it is not in a state for it ({error})"
        case BodyTooLarge():
            status, reason = 413, f"at most {BODY_LIMIT} bytes"
        case _:
            raise error
    return refusal(path_of(command), status, reason)


def outcome_body(command: type[StaffCommand], outcome: Outcome) -> Mapping[str, Any]:
    facts = {name: _format(fact) for name, fact in outcome.facts.items()}
    says = SAYS(f"commands.{command.name}.done.{outcome.name}", **facts)
    outcome_json = OutcomeOut(outcome=outcome.name, says=says, facts=facts).model_dump(mode="json")
    if outcome.result is None:
        return outcome_json
    return {**outcome_json, **TypeAdapter(type(outcome.result)).dump_python(outcome.result, mode="json")}


def _format(fact: Fact) -> str | int:
    match fact:
        case datetime():
            return fact.isoformat()
        case Money():
            return f"{fact.decimal} {fact.currency}"
        case tuple():
            return ", ".join(f"{each.decimal} {each.currency}" for each in fact)
        case str() | int():
            return fact
        case _:
            return str(fact)
