"""An act of staff, declared once: who may do it, what it is about, what it asks for and what may come of it.

The chat's dialogue, the console's form, the command line, the API's operation and the tool for language models are
drawn from the declaration, which is found in its room (`staff_commands`), and `RunCommand` carries each out in the same
way. An act neither asks for permission nor writes the audit: it says what to record, and the runner does.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Final, TypeVar, dataclass_transform
from uuid import UUID

from subscriptions.application.dto.rooms import load_rooms
from subscriptions.application.dto.typed_answers import Fact
from subscriptions.application.features import FeatureState
from subscriptions.application.staff.actor import Actor
from subscriptions.application.staff.inputs import Choice, Input
from subscriptions.domain.entities.customer import Customer
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.errors import UmbralError
from subscriptions.domain.ports.unit_of_work import UnitOfWork

T = TypeVar("T")


class NothingToDo(UmbralError):
    """What the act is about is not there, or not in a state for it (any more)."""


class SubjectGone(NothingToDo):
    """There is nothing of that id to do it to."""


class FeatureOff(NothingToDo):
    """The feature that declares the command is off; the text says how it is switched on."""


class SubjectKind(StrEnum):
    """What an act is about, and how its id is given: a customer by our id or their Telegram id, a code by our id or by
    its sixteen characters, a plan or a resource by our id or its soft id, a promotion by our id or its
    code, a way to pay by its code, a key, an endpoint or a role by its name or our id, a text by its language and key,
    a setting by its name, an awaited payment by what its payer names in the transfer, a job by its number, an access by
    our id or by that of the alarm about it, the others by our id.

    SHOP: nothing that has an id, as where something new is made. ROLE: its name, or our id.
    """

    SHOP = "shop"
    CUSTOMER = "customer"
    INVITATION = "invitation"
    ROLE = "role"
    SUBSCRIPTION = "subscription"
    ACCESS = "access"
    PAYMENT = "payment"
    PLAN = "plan"
    CODE = "code"
    TEXT = "text"
    SWEEP = "sweep"
    ALARM = "alarm"
    PROMOTION = "promotion"
    PAYMENT_METHOD = "payment_method"
    TIP = "tip"
    RESOURCE = "resource"
    AWAITED_PAYMENT = "awaited_payment"
    JOB = "job"
    WEBHOOK = "webhook"
    KEY = "key"
    QUESTION = "question"
    BROADCAST = "broadcast"
    ENDPOINT = "endpoint"
    DELIVERY = "delivery"
    SETTING = "setting"


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What an act is about, as people see it. id: ours. name: what it is called; customer: whom it concerns.

    facts: what questions and sentences about it name. reads: what its answers are read by, the `currency` of an amount.
    """

    id: str
    name: str
    customer: Customer | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    reads: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """What the audit keeps of an act. subject: the id of what was changed. facts: what its line names, as text.

    action: what it is called there, where not by its permission. reason: where no reason was asked for.
    """

    subject: UUID | str
    facts: Mapping[str, str] = field(default_factory=dict)
    action: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it. name: one of its command's outcomes, and of the sentence that tells it. audit: empty where
    nothing was changed. result: what is shown to who asked and kept nowhere, an instance of the command's `result`."""

    name: str
    facts: Mapping[str, Fact] = field(default_factory=dict)
    audit: Sequence[AuditEntry] = ()
    result: object | None = None


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What will come of an act, shown before it is confirmed. name: one of its command's effects, and its sentence."""

    name: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act under way, inside one unit of work. subject: the id of what it is about. answers: as they were read.

    secret: bytes that who asks has again when they repeat the operation, and nobody else; None where there are none.
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
        """What it is about."""
        return UUID(self.subject)

    def __getitem__(self, asked_input: Input[T]) -> T:
        """The answer to one of its inputs."""
        return asked_input.value(self.answers[asked_input.name])


_ACTS: Final[dict[str, "type[StaffCommand]"]] = {}


@dataclass_transform(frozen_default=True)
@dataclass(frozen=True)
class StaffCommand(ABC):
    """One act; its fields are what it needs of its process, by their types. name: the operation of the API, the command
    of the shell and the key of its texts.

    subject: a kind that some room declares (`SubjectType`). outcomes: every name that `run` may answer with; effects:
    that `preview` may. needs_confirmation: shown and confirmed by a second tap before it is done. makes: the kind of
    what is there afterwards and was not before. result: the dataclass of its outcomes' results. begins: starts what a
    feature that is draining does not start any more.
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

    def __init_subclass__(cls) -> None:
        """A subclass with a name is an act; one without is what several have in common."""
        super().__init_subclass__()
        dataclass(frozen=True)(cls)
        name = cls.__dict__.get("name")
        if name is not None:
            if name in _ACTS:
                raise TypeError(f"two acts are called {name}")
            _ACTS[name] = cls

    def permission_over(self, subject: Subject) -> Permission:
        """What one has to be allowed to once it is known what the act is about."""
        return self.permission

    @abstractmethod
    async def run(self, act: Act) -> Outcome:
        """Do it, without committing. Raises NothingToDo, and InvalidInput naming the input that does not fit."""

    async def after_commit(self) -> None:
        """Have what this process remembers read again, once the act is committed."""
        return

    async def recall(self, act: Act, outcome: Outcome) -> Outcome:
        """What a repetition is told. outcome: as it was kept, without its result."""
        return outcome

    async def preview(self, act: Act) -> Effect | None:
        """What will come of it as things stand, where the answers alone do not say it. Raises as `run`."""
        return None

    async def choices(self, asked_input: Input[Any], uow: UnitOfWork, subject: Subject) -> Sequence[Choice]:
        """Answers on offer: all there are for a choice, the usual ones for anything else."""
        return ()


def is_available(command: type[StaffCommand], state: FeatureState) -> bool:
    """Return True if a command of a feature in this state can be carried out."""
    return state is FeatureState.ON or (state is FeatureState.DRAINING and not command.begins)


@cache
def staff_commands() -> Mapping[str, type[StaffCommand]]:
    """All acts of staff by their names, in alphabetical order: those of every room, so all of them are loaded."""
    load_rooms()
    return dict(sorted(_ACTS.items()))
