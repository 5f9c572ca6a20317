"""Staff commands for the API keys of the operator's programs: create a key, re-enable it after a database restore, and
revoke it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from features.api.ports import API_KEYS_KEY
from features.api.subjects import KEY
from subscriptions.application.dto.typed_answers import Answer, Answers, Wrong, several_of
from subscriptions.application.staff.command import (
    AuditEntry,
    Execution,
    NothingToDo,
    Outcome,
    StaffCommand,
    Subject,
    SubjectKind,
)
from subscriptions.application.staff.inputs import Choice, Input, InputKind
from subscriptions.application.staff.shown_once import draw_secret
from subscriptions.domain.entities.api_key import PREFIX, Ability, ApiKey, digest_of
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction

NAME_LIMIT: Final = 40
_NAME: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{NAME_LIMIT - 1}}}")
_LABEL: Final = b"umbral api key"


def _name(answer: Answer, _: Answers) -> str:
    name = answer.text.strip()
    if not _NAME.fullmatch(name):
        raise Wrong("key_name", limit=str(NAME_LIMIT))
    return name


NAME: Final[Input[str]] = Input(name="key_name", kind=InputKind.TEXT, parse=_name, value=str, limits=(1, NAME_LIMIT))
ABILITIES: Final[Input[frozenset[Ability]]] = Input(
    name="abilities",
    kind=InputKind.MANY,
    parse=several_of(list(Ability), "key_abilities", NAME_LIMIT),
    value=lambda text: frozenset(Ability(each) for each in text.split(",")),
)
"""Input for the abilities (permissions) of an API key, separated by commas."""


@dataclass(frozen=True, kw_only=True)
class MadeKey:
    """Newly created API key. `secret`: the key as a program sends it; None if the command is repeated and the secret
    cannot be shown again.
    """

    key: str
    secret: str | None

    @property
    def name(self) -> str:
        """Return the key's label for the page that shows the key."""
        return self.key


class MakeKey(StaffCommand):
    """Staff command that creates an API key and shows it once; only its digest is stored.

    The key is derived from the secret of the request, so that repeating the request shows the same key. Its abilities
    must not exceed the actor's own permissions.
    """

    name = "make_key"
    panel_name = "key.new"
    permission = StaffAction.MANAGE_PROGRAMS
    subject = SubjectKind.SHOP
    makes = KEY
    inputs = (NAME, ABILITIES)
    outcomes = ("made",)
    needs_confirmation = False
    result = MadeKey
    begins = True

    async def run(self, execution: Execution) -> Outcome:
        """Create the key. Raises Wrong if the name is taken, or if the actor lacks the permission for one of the
        abilities.
        """
        name, abilities = execution[NAME], execution[ABILITIES]
        if not all(execution.actor.may_open(ability) for ability in abilities):
            raise Wrong("key_beyond", question=ABILITIES.name)
        secret = PREFIX + draw_secret(execution.secret, _LABEL)
        key = ApiKey(name=name, digest=digest_of(secret), abilities=abilities, created_at=execution.at)
        if not await execution.uow.of(API_KEYS_KEY).add_if_new(key):
            raise Wrong("key_taken", question=NAME.name, given=name)
        facts = {"key": name, "abilities": ", ".join(sorted(abilities))}
        entry = AuditEntry(subject=name, facts=facts, action="key.made")
        return Outcome(name="made", facts={"key": name}, audit=[entry], result=MadeKey(key=name, secret=secret))

    async def recall(self, execution: Execution, outcome: Outcome) -> Outcome:
        """Return the created key again if the request is repeated with the same secret. Otherwise return the outcome
        without the key.
        """
        name, secret = str(outcome.facts["key"]), PREFIX + draw_secret(execution.secret, _LABEL)
        keys = await execution.uow.of(API_KEYS_KEY).all()
        same = any(each.name == name and each.digest == digest_of(secret) for each in keys)
        result = MadeKey(key=name, secret=secret if same else None)
        return Outcome(name=outcome.name, facts=outcome.facts, result=result)

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return all abilities as choices for the input `ABILITIES`, and no choices for other inputs."""
        return [Choice(ability) for ability in Ability] if asked_input is ABILITIES else []


class ConfirmKey(StaffCommand):
    """Staff command that re-enables an API key after a database restore. The restore may have undone a revocation, so a
    staff member confirms that the key was not revoked after the backup.
    """

    name = "confirm_key"
    panel_name = "key.confirm"
    permission = StaffAction.MANAGE_PROGRAMS
    subject = KEY
    outcomes = ("confirmed", "open_already")

    async def run(self, execution: Execution) -> Outcome:
        """Enable the key. If the key is already enabled, do nothing and record nothing."""
        key = await _get(execution)
        if key.held_at is None:
            return Outcome(name="open_already", facts={"key": key.name})
        await execution.uow.of(API_KEYS_KEY).confirm(key.name)
        return Outcome(name="confirmed", facts={"key": key.name}, audit=[_entry(key, "key.confirmed")])


class RevokeKey(StaffCommand):
    """Staff command that revokes an API key. The revocation takes effect within seconds."""

    name = "revoke_key"
    panel_name = "key.revoke"
    permission = StaffAction.MANAGE_PROGRAMS
    subject = KEY
    outcomes = ("revoked",)

    async def run(self, execution: Execution) -> Outcome:
        """Revoke the key permanently; a program that needs access gets a new key."""
        key = await _get(execution)
        await execution.uow.of(API_KEYS_KEY).revoke(key.name)
        return Outcome(name="revoked", facts={"key": key.name}, audit=[_entry(key, "key.revoked")])


async def _get(execution: Execution) -> ApiKey:
    key = next((each for each in await execution.uow.of(API_KEYS_KEY).all() if each.id == execution.subject_id), None)
    if key is None:
        raise NothingToDo("no such key")
    return key


def _entry(key: ApiKey, action: str) -> AuditEntry:
    return AuditEntry(subject=key.name, facts={"key": key.name}, action=action)
