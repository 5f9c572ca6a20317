"""Declaration of a staff command: its permission, subject, inputs and outcomes.

The chat's dialog, the console's form, the command line, the API's operation and the tool for language models are
derived from the declaration, which is in the folder of its area. `staff_commands` returns all declarations, and
`RunCommand` executes the commands. A command neither checks permissions nor writes the audit log: it returns the audit
entries, and the runner records them.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Final, TypeVar, dataclass_transform
from uuid import UUID

from subscriptions.application.dto.rooms import declared, feature_of, load_rooms
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.feature_failures import contained
from subscriptions.application.features import FeatureState, InvalidFeature
from subscriptions.application.staff.actor import Actor
from subscriptions.application.staff.inputs import Choice, Input
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.unit_of_work import UnitOfWork

T = TypeVar("T")


class NothingToDo(UmbralError):
    """Error: the subject does not exist, or its state does not allow the command."""


class SubjectGone(NothingToDo):
    """Error: no subject has this id."""


class FeatureOff(NothingToDo):
    """Error: the feature of the command is off. The error text says how to switch the feature on."""


class SubjectKind(StrEnum):
    """Kind of subject, and the identifiers accepted for it: a customer by id or Telegram id, a plan or a resource by id
    or slug, a payment method by its code, a key or a role by name or id, a text by its language and key, a setting by
    its name, an awaited payment by the transfer reference, a job by its number, an access by its id or the id of an
    alarm about it, all other kinds by id. Features declare further kinds.

    `SHOP`: no subject, for example if a command creates something.
    """

    SHOP = "shop"
    CUSTOMER = "customer"
    INVITATION = "invitation"
    ROLE = "role"
    SUBSCRIPTION = "subscription"
    ACCESS = "access"
    PAYMENT = "payment"
    PLAN = "plan"
    TEXT = "text"
    BULK_EXPIRY = "sweep"
    ALARM = "alarm"
    PAYMENT_METHOD = "payment_method"
    RESOURCE = "resource"
    AWAITED_PAYMENT = "awaited_payment"
    JOB = "job"
    WEBHOOK = "webhook"
    SETTING = "setting"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Subject of a command, as shown to staff.

    id: Umbral's id
    name: display name
    customer: customer whom the subject concerns
    facts: values for questions and messages about the subject
    reads: values that parsers of answers need, such as the `currency` of an amount
    """

    id: str
    name: str
    customer: Customer | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """Entry in the audit log.

    subject: id of the changed object
    facts: values for the entry's text
    action: name of the action, if it differs from the permission
    reason: reason to record if the command does not ask for one
    """

    subject: UUID | str
    facts: Mapping[str, str] = field(default_factory=dict)
    action: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Outcome of a command.

    name: one of the command's outcomes, which selects the message
    audit: audit entries; empty if nothing was changed
    result: value that is shown to the caller and not stored, an instance of the command's `result`
    """

    name: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    audit: Sequence[AuditEntry] = ()
    result: object | None = None


@dataclass(frozen=True, kw_only=True)
class Effect:
    """Effect of a command, shown before the confirmation.

    name: one of the command's effects, which selects the message
    also: further effects, whose messages follow
    """

    name: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    also: Sequence[str] = ()

    @property
    def names(self) -> Sequence[str]:
        """Names of all effects, in the order of their messages."""
        return self.name, *self.also


@dataclass(frozen=True, kw_only=True)
class Execution:
    """Execution of a command in one unit of work.

    subject: id of the subject
    answers: the parsed answers
    secret: bytes that only the caller knows, and that the caller presents again when repeating the operation; None
        without a secret
    """

    uow: UnitOfWork
    actor: Actor
    subject: str
    answers: Mapping[str, str]
    operation: UUID
    at: datetime
    secret: bytes | None = None

    @property
    def subject_id(self) -> UUID:
        """Id of the subject as a UUID."""
        return UUID(self.subject)

    def __getitem__(self, asked_input: Input[T]) -> T:
        """Return the answer to an input."""
        return asked_input.value(self.answers[asked_input.name])


_COMMANDS: Final[dict[str, "type[StaffCommand]"]] = {}


@dataclass_transform(frozen_default=True)
@dataclass(frozen=True)
class StaffCommand(ABC):
    """Staff command. Its fields are dependencies that are injected by type.

    name: operation of the API, command of the command line, and key of the command's texts
    subject: kind that a `SubjectType` declares
    outcomes: every name that `run` may return
    effects: every name that `preview` may return
    needs_confirmation: True if the command is shown and confirmed before it is executed
    makes: kind of subject that the command creates
    result: type of the value that `run` returns to the caller without storing it; None for no value
    begins: True if the command begins something new, which is not allowed while its feature drains
    is_dangerous: True if the command takes access or money away, so that interfaces set it apart
    leads: True if the command is the first on the card of its subject
    beside: kind of subject whose rows in the console offer the command too, with that subject preselected
    panel_page: page of the panel that executes the command, if the page is not generated from the declaration
    panel_name: name in the panel's buttons; empty to derive it from the subject and `name`
    console_page: page of the console, relative to its root, to which the command returns, if not the subject's page
    opens_made: True if the console shows the page of the created object, whose id is that of the operation
    previews_at_once: True if the console's form begins with the preview, because every answer may be omitted
    takes_file: True if the console's form accepts a file, which `run` loads by the id of the operation
    api_path: path below /api/v1; empty for the path that is derived from the subject and `name`
    former_method: HTTP method by which programs could send the command earlier without an Idempotency-Key; empty for a
        POST
    """

    name: ClassVar[str]
    permission: ClassVar[Permission]
    subject: ClassVar[str]
    inputs: ClassVar[tuple[Input[Any], ...]] = ()
    outcomes: ClassVar[tuple[str, ...]]
    effects: ClassVar[tuple[str, ...]] = ()
    needs_confirmation: ClassVar[bool] = True
    makes: ClassVar[str | None] = None
    result: ClassVar[type | None] = None
    begins: ClassVar[bool] = False
    is_dangerous: ClassVar[bool] = False
    leads: ClassVar[bool] = False
    beside: ClassVar[str | None] = None
    panel_page: ClassVar[str] = ""
    panel_name: ClassVar[str] = ""
    console_page: ClassVar[str] = ""
    opens_made: ClassVar[bool] = False
    previews_at_once: ClassVar[bool] = False
    takes_file: ClassVar[bool] = False
    api_path: ClassVar[str] = ""
    former_method: ClassVar[str | None] = None

    def __init_subclass__(cls) -> None:
        """Register a subclass that has a `name` as a command; a subclass without a `name` is a base class."""
        super().__init_subclass__()
        dataclass(frozen=True)(cls)
        name = cls.__dict__.get("name")
        if name is not None:
            if name in _COMMANDS:
                raise TypeError(f"two commands are called {name}")
            _COMMANDS[name] = cls

    def permission_over(self, subject: Subject) -> Permission:
        """Return the permission required for a given subject."""
        return self.permission

    @abstractmethod
    async def run(self, execution: Execution) -> Outcome:
        """Execute the command without committing. Raises NothingToDo, and InvalidInput with the name of the input."""

    async def after_commit(self) -> None:
        """Refresh caches of this process after the commit."""
        return

    async def recall(self, execution: Execution, outcome: Outcome) -> Outcome:
        """Return the outcome for a repetition of a request that was already executed. `outcome`: outcome as stored,
        without its result.
        """
        return outcome

    async def preview(self, execution: Execution) -> Effect | None:
        """Return the effect that the command would have now. Return None if the answers alone describe the effect.
        Raises the same errors as `run`.
        """
        return None

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Return the options of an input: all allowed values for a choice, common values for other kinds of input."""
        return ()


def is_available(command: type[StaffCommand], state: FeatureState) -> bool:
    """Return True if a command can be run while its feature is in this state."""
    return state is FeatureState.ON or (state is FeatureState.DRAINING and not command.begins)


@cache
def staff_commands() -> Mapping[str, type[StaffCommand]]:
    """Return all staff commands, keyed by name in alphabetical order, after importing every package. A command of a
    feature that is declared wrongly is left out.
    """
    load_rooms()
    found = dict[str, type[StaffCommand]]()
    for name, command in sorted(_COMMANDS.items()):
        feature = feature_of(command)
        if feature is None:
            found[name] = command
            continue
        with contained(feature, f"command: {name}", lasts=True):
            _check(command)
            found[name] = command
    return found


def _check(command: type[StaffCommand]) -> None:
    """Raise InvalidFeature if the interfaces cannot be generated from the declaration of a command."""
    permission, outcomes = getattr(command, "permission", None), getattr(command, "outcomes", ())
    if not re.fullmatch("[a-z][a-z0-9_]*", command.name):
        raise InvalidFeature(f"{command.name!r} is no name of a command: a-z, 0-9 and _, a letter first")
    if not isinstance(permission, Permission):
        raise InvalidFeature(f"{command.name} needs a `permission`")
    known = {*SubjectKind, *(getattr(each, "kind", "") for each in declared("subjects", "SUBJECTS"))}
    if getattr(command, "subject", None) not in known:
        raise InvalidFeature(f"{command.name} needs a `subject`: one of {', '.join(sorted(known))}")
    if not isinstance(outcomes, tuple) or not outcomes or not all(isinstance(each, str) for each in outcomes):
        raise InvalidFeature(f"{command.name} needs `outcomes`, the names of what may come of it")
    if not all(isinstance(each, Input) for each in command.inputs):
        raise InvalidFeature(f"`inputs` of {command.name} are Inputs")
