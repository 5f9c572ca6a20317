"""Customers and staff: dialogues, alarms, the audit, and small facts that processes share."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.api_key import ApiKey
from subscriptions.domain.entities.console_visit import ConsoleVisit
from subscriptions.domain.entities.customer import Consent, Customer, OwnRole
from subscriptions.domain.entities.dialogue import Dialogue
from subscriptions.domain.entities.payment_account import PaymentAccount
from subscriptions.domain.entities.second_factor import SecondFactor
from subscriptions.domain.entities.staff_invitation import StaffInvitation
from subscriptions.domain.entities.staff_operation import StaffOperation
from subscriptions.domain.entities.variable import T, Variable
from subscriptions.domain.ids import (
    CustomerId,
    TelegramId,
)


class AlarmRepository(Protocol):
    """Every alarm ever raised, by its key."""

    async def add_if_new(self, alarm: Alarm) -> bool:
        """False: it was raised before."""
        ...

    async def get(self, alarm_id: UUID, *, lock: bool = False) -> Alarm | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Alarm | None: ...
    async def save(self, alarm: Alarm) -> None: ...
    async def open(self, limit: int) -> Sequence[Alarm]:
        """Those nobody settled, the newest first."""
        ...

    async def open_after(self, alarm_id: UUID | None, limit: int) -> Sequence[Alarm]:
        """Those nobody settled, in the order of their ids, from behind that one on."""
        ...

    async def open_of(self, kind: str, beginning: str) -> Sequence[Alarm]:
        """Those of a kind whose key begins so, locked."""
        ...

    async def count_open(self) -> int: ...
    async def count_beside(self, kind: str, start: datetime, end: datetime) -> int:
        """Count the open ones of a kind that were raised between two moments, both included."""
        ...

    async def newest(self, kind: str, beginning: str, *, lock: bool = False) -> Alarm | None:
        """The last one raised of a kind whose key begins so."""
        ...

    async def work_kept(self, name: str) -> bool:
        """Whether a job of this name failed for good and is kept for a person."""
        ...


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One thing somebody did. actor: a Telegram id as text, or `system`. subject: the id of what it was done to."""

    actor: str
    action: str
    subject: str
    reason: str
    at: datetime
    facts: dict[str, str]


class AuditRepository(Protocol):
    """Append-only."""

    async def record(
        self, *, actor: str, action: str, subject: str, reason: str, at: datetime, facts: dict[str, str] | None = None
    ) -> None: ...
    async def of_subject(self, subject: str, limit: int) -> Sequence[AuditLine]:
        """What was done to one thing or person, the newest first."""
        ...

    async def list_since(self, moment: datetime, actions: Collection[str], limit: int) -> Sequence[AuditLine]:
        """What was done of these kinds since then, the newest first."""
        ...


class OperationRepository(Protocol):
    """Acts of staff, by what makes a repetition one."""

    async def claim(self, operation: StaffOperation) -> StaffOperation | None:
        """Write it down before it is carried out. What is written under its id already, else None.

        Whoever claims the same id meanwhile waits for the end of this unit of work.
        """
        ...

    async def get(self, operation_id: UUID) -> StaffOperation | None: ...
    async def settle(self, operation: StaffOperation) -> None:
        """Write down what came of it."""
        ...


class ApiKeyRepository(Protocol):
    """Keys of the operator's own programs, by their names."""

    async def all(self) -> Sequence[ApiKey]:
        """Those that were made and not revoked, by name."""
        ...

    async def add_if_new(self, key: ApiKey) -> bool:
        """False: there is one of that name, or of that digest."""
        ...

    async def confirm(self, name: str) -> bool:
        """It opens again after the database was brought back. False: there is none of that name."""
        ...

    async def revoke(self, name: str) -> bool:
        """It opens no more. False: there is none of that name."""
        ...


class OwnRoleRepository(Protocol):
    """Roles that the operator made, by their names."""

    async def all(self) -> Sequence[OwnRole]:
        """By name."""
        ...

    async def get(self, name: str, *, lock: bool = False) -> OwnRole | None: ...
    async def add_if_new(self, role: OwnRole) -> bool:
        """False: there is one of that name."""
        ...

    async def save(self, role: OwnRole) -> None: ...
    async def remove(self, name: str) -> None:
        """Forget it; one that is not there is no fault."""
        ...


class InvitationRepository(Protocol):
    """Invitations to the operator's people."""

    async def get(self, invitation_id: UUID, *, lock: bool = False) -> StaffInvitation | None: ...
    async def by_digest(self, digest: str, *, lock: bool = False) -> StaffInvitation | None: ...
    async def save(self, invitation: StaffInvitation) -> None: ...
    async def remove(self, invitation_id: UUID) -> None:
        """Forget it; one that is not there is no fault."""
        ...


class DialogueRepository(Protocol):
    """One open dialogue per person; an expired one is none."""

    async def find(self, person: TelegramId, now: datetime, *, lock: bool = False) -> Dialogue | None: ...
    async def save(self, dialogue: Dialogue) -> None:
        """In place of any other of this person's."""
        ...

    async def end(self, person: TelegramId) -> None:
        """Forget it; one that is not there is no fault."""
        ...


class ConsoleRepository(Protocol):
    """Visits to the web console, by the digests of what opens them."""

    async def save(self, visit: ConsoleVisit) -> None: ...
    async def add_if_new(self, visit: ConsoleVisit) -> bool:
        """False: there is one of this link."""
        ...

    async def by_link(self, link: str, *, lock: bool = False) -> ConsoleVisit | None: ...
    async def by_key(self, key: str) -> ConsoleVisit | None: ...
    async def list_visits(self, person: TelegramId) -> Sequence[ConsoleVisit]:
        """Those that began, the first first, whether or not they go on."""
        ...

    async def note_visit(self, key: str, at: datetime) -> None:
        """Something was asked for."""
        ...

    async def end(self, person: TelegramId, *, offers: bool = False) -> None:
        """All visits of a person, and their unused links. offers: those links alone."""
        ...

    async def end_one(self, key: str) -> None:
        """The visit of this key; one that is not there is no fault."""
        ...

    async def end_unproved(self, person: TelegramId) -> None:
        """Those of a person that wait for their second factor."""
        ...

    async def factor(self, person: TelegramId, *, lock: bool = False) -> SecondFactor | None: ...
    async def save_factor(self, factor: SecondFactor) -> None: ...
    async def remove_factor(self, person: TelegramId) -> None:
        """Forget it; one that is not there is no fault."""
        ...


class CustomerRepository(Protocol):
    """People who wrote to the bot."""

    async def get(self, customer_id: CustomerId, *, lock: bool = False) -> Customer | None: ...
    async def by_telegram_id(self, telegram_id: TelegramId, *, lock: bool = False) -> Customer | None: ...
    async def with_telegram_ids(self, people: Collection[TelegramId]) -> Sequence[Customer]:
        """Those of them who are known."""
        ...

    async def add_if_new(self, customer: Customer) -> bool:
        """False: this Telegram user is known already."""
        ...

    async def save(self, customer: Customer) -> None: ...
    async def add_link_use(self, source: str, customer_id: CustomerId, at: datetime) -> None:
        """Somebody opened a link; the first time counts."""
        ...

    async def add_consent(self, consent: Consent) -> None:
        """Keep a version of the terms that somebody accepted; the first time counts."""
        ...

    async def consents_of(self, customer_id: CustomerId) -> Sequence[Consent]:
        """Every version that somebody accepted, the first before."""
        ...

    async def with_other_terms(
        self, terms: Collection[str], key: str, after_id: CustomerId | None, limit: int
    ) -> Sequence[CustomerId]:
        """Those with a live subscription whose last accepted version is none of `terms`, can be reached, and have no
        notification whose key is `key` and their id; by id, from the one after `after_id`."""
        ...

    async def referred_by(self, customer_id: CustomerId) -> tuple[int, int]:
        """How many came by somebody's link, and for how many of those both were given days."""
        ...

    async def staff(self) -> Sequence[Customer]:
        """Everybody with a role among the operator's people, the first to arrive first."""
        ...

    async def list_known(self, people: Collection[TelegramId]) -> Set[TelegramId]:
        """Those of them who have or had a subscription, are about to pay, or are of the operator's people."""
        ...

    async def account_at(self, customer_id: CustomerId, provider: str) -> PaymentAccount | None: ...
    async def save_account(self, account: PaymentAccount) -> None: ...


class VariableRepository(Protocol):
    """Small facts one process learns and others read, such as the bot's username."""

    async def get(self, variable: Variable[T]) -> T | None: ...
    async def set(self, variable: Variable[T], value: T | None) -> None:
        """Keep it; None: it is empty from now on."""
        ...

    async def raise_to(self, variable: Variable[T], value: T) -> None:
        """Set it, unless what is there comes later in the alphabet."""
        ...

    async def database_time(self) -> datetime:
        """What the clock of the machine says that all this is kept on."""
        ...


class Record(StrEnum):
    """What is kept for a while after its work is done, each by a period of its own.

    updates: what people wrote and pressed, as it came · webhook_bodies: providers' letters, as they came ·
    notifications: what people and owners were told · notices: what announced a charge · log_ids: the record of
    finished jobs · dialogues: questions of the panel that nobody answered · console_visits: who was let into the
    web console, or into the Mini App from a browser · app_presses: what was pressed in the Mini App, and the answers ·
    pictures: originals of picks' pictures, which name nobody · trial_marks: by which it is known that
    somebody who was erased had a plan before (`TrialMarks`) · outgoing: what programs of the operator's were told ·
    operations: what came of acts of staff, by which their repetition is answered; they name nobody ·
    questions: what customers asked the operator's people, settled or quiet since · seen_chats: how the bot saw chats
    that are nothing of ours; whoever made it an administrator there may be a stranger.
    """

    UPDATES = "updates"
    WEBHOOK_BODIES = "webhook_bodies"
    NOTIFICATIONS = "notifications"
    NOTICES = "notices"
    LOG_IDS = "log_ids"
    DIALOGUES = "dialogues"
    CONSOLE_VISITS = "console_visits"
    APP_PRESSES = "app_presses"
    PICTURES = "pictures"
    TRIAL_MARKS = "trial_marks"
    OUTGOING = "outgoing"
    OPERATIONS = "operations"
    QUESTIONS = "questions"
    SEEN_CHATS = "seen_chats"


@dataclass(frozen=True, kw_only=True)
class HeldRows:
    """One person's rows of one table. stays: what of them an erasure leaves, and why; empty for nothing. is_cut: there
    are older ones.
    """

    table: str
    rows: Sequence[Mapping[str, object]]
    stays: str
    is_cut: bool = False


class PersonalDataRepository(Protocol):
    """What is on record of one person, in whatever table, by the one list of where personal data lies."""

    async def list_rows(
        self, telegram_id: TelegramId, customer: Customer | None, limit: int | None = None
    ) -> Sequence[HeldRows]:
        """All of it, table by table, without tables that hold nothing. customer: None for who never was one. limit: no
        more than so many rows of a table, the newest.
        """
        ...

    async def busy(self, telegram_id: TelegramId) -> bool:
        """Whether something they wrote is still being worked on."""
        ...

    async def letter_held(self, telegram_id: TelegramId, customer: Customer) -> str | None:
        """The order, or the key, of a provider's event about them that was not applied, and that a person looks at."""
        ...

    async def erase(
        self, telegram_id: TelegramId, customer: Customer | None, stand_in: TelegramId, now: datetime
    ) -> Mapping[str, int]:
        """Delete it, or take out what names them; how many rows of which table. Repeating it finds nothing more.

        stand_in: the number that stands in the place of Telegram's. The one path by which the append-only tables are
        changed: only columns that are declared for it, only to nothing.
        """
        ...

    async def count_named(self, telegram_id: TelegramId) -> Mapping[str, int]:
        """How many rows of which table still hold the person's number at Telegram, whatever the column."""
        ...

    async def keep_trial_mark(self, mark: str, now: datetime) -> None:
        """One that is there already stays as old as it is."""
        ...

    async def has_trial_mark(self, mark: str) -> bool: ...
    async def prune(self, record: Record, now: datetime, keep: timedelta, limit: int) -> int:
        """Forget what was settled longer ago than `keep`, so many at most; how many there were."""
        ...
