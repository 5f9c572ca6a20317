"""Repositories of customers, staff, dialogues, alarms, the audit log, personal data, and variables
shared by processes.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from subscriptions.domain.entities.alarm import Alarm
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
    """Repository of all alarms, open and closed. Each alarm has a unique key."""

    async def add_if_new(self, alarm: Alarm) -> bool:
        """Add an alarm. Return False if it was raised before."""
        ...

    async def get(self, alarm_id: UUID, *, lock: bool = False) -> Alarm | None: ...
    async def by_key(self, key: str, *, lock: bool = False) -> Alarm | None: ...
    async def save(self, alarm: Alarm) -> None: ...
    async def open(self, limit: int) -> Sequence[Alarm]:
        """Return the open alarms, the newest first."""
        ...

    async def open_after(self, alarm_id: UUID | None, limit: int) -> Sequence[Alarm]:
        """Return the open alarms in the order of their ids, starting after `alarm_id`."""
        ...

    async def open_of(self, kind: str, beginning: str) -> Sequence[Alarm]:
        """Lock and return the open alarms of a kind whose key has this prefix."""
        ...

    async def count_open(self) -> int: ...
    async def count_beside(self, kind: str, start: datetime, end: datetime) -> int:
        """Return the number of open alarms of a kind raised between two timestamps, both inclusive."""
        ...

    async def newest(self, kind: str, beginning: str, *, lock: bool = False) -> Alarm | None:
        """Return the newest alarm of a kind whose key has this prefix. Return None if there is none."""
        ...

    async def work_kept(self, name: str) -> bool:
        """Return True if a permanently failed job with this name is stored for staff."""
        ...


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """Entry of the audit log.

    actor: Telegram id as text, or `system`
    subject: id of the object of the action
    """

    actor: str
    action: str
    subject: str
    reason: str
    at: datetime
    facts: dict[str, str]


class AuditRepository(Protocol):
    """Append-only audit log."""

    async def record(
        self, *, actor: str, action: str, subject: str, reason: str, at: datetime, facts: dict[str, str] | None = None
    ) -> None: ...
    async def of_subject(self, subject: str, limit: int) -> Sequence[AuditLine]:
        """Return the entries about one subject, the newest first."""
        ...

    async def of_subjects(self, subjects: Collection[str], actions: Collection[str]) -> Sequence[AuditLine]:
        """Return all entries about these subjects with these actions, the newest first."""
        ...

    async def list_since(self, moment: datetime, actions: Collection[str], limit: int) -> Sequence[AuditLine]:
        """Return the entries with these actions since `moment`, the newest first."""
        ...


class OperationRepository(Protocol):
    """Repository of executed staff commands, which makes their repetition idempotent."""

    async def claim(self, operation: StaffOperation) -> StaffOperation | None:
        """Record a staff command before it is executed. Return the command that is already stored under this id; None
        if the id is new.

        Another call with the same id waits until this unit of work ends.
        """
        ...

    async def get(self, operation_id: UUID) -> StaffOperation | None: ...
    async def settle(self, operation: StaffOperation) -> None:
        """Save the result of a staff command."""
        ...


class OwnRoleRepository(Protocol):
    """Repository of the operator's custom roles, which have unique names."""

    async def all(self) -> Sequence[OwnRole]:
        """Return all roles, ordered by name."""
        ...

    async def get(self, name: str, *, lock: bool = False) -> OwnRole | None: ...
    async def add_if_new(self, role: OwnRole) -> bool:
        """Add a role. Return False if a role with this name exists."""
        ...

    async def save(self, role: OwnRole) -> None: ...
    async def remove(self, name: str) -> None:
        """Delete a role. A missing role is not an error."""
        ...


class InvitationRepository(Protocol):
    """Repository of invitations to become staff."""

    async def get(self, invitation_id: UUID, *, lock: bool = False) -> StaffInvitation | None: ...
    async def by_digest(self, digest: str, *, lock: bool = False) -> StaffInvitation | None: ...
    async def save(self, invitation: StaffInvitation) -> None: ...
    async def remove(self, invitation_id: UUID) -> None:
        """Delete an invitation. A missing invitation is not an error."""
        ...


class DialogueRepository(Protocol):
    """Repository of dialogues, which are forms that the bot asks question by question. Each person has at most one open
    dialogue. Expired dialogues count as missing.
    """

    async def find(self, person: TelegramId, now: datetime, *, lock: bool = False) -> Dialogue | None: ...
    async def save(self, dialogue: Dialogue) -> None:
        """Save the person's dialogue, replacing any earlier dialogue of the person."""
        ...

    async def end(self, person: TelegramId) -> None:
        """Delete the person's dialogue. A missing dialogue is not an error."""
        ...


class ConsoleRepository(Protocol):
    """Repository of sessions of the web console, identified by the digests of their links and keys."""

    async def save(self, visit: ConsoleVisit) -> None: ...
    async def add_if_new(self, visit: ConsoleVisit) -> bool:
        """Add a session. Return False if a session with this link exists."""
        ...

    async def by_link(self, link: str, *, lock: bool = False) -> ConsoleVisit | None: ...
    async def by_key(self, key: str) -> ConsoleVisit | None: ...
    async def list_visits(self, person: TelegramId) -> Sequence[ConsoleVisit]:
        """Return the person's console sessions that have begun, whether or not they have ended, the oldest first."""
        ...

    async def note_visit(self, key: str, at: datetime) -> None:
        """Store the time of the latest request in a session."""
        ...

    async def end(self, person: TelegramId, *, offers: bool = False) -> None:
        """Delete all sessions of a person and their unused links. `offers`: True to delete only the unused links."""
        ...

    async def end_one(self, key: str) -> None:
        """Delete the session with this key. A missing session is not an error."""
        ...

    async def end_unproved(self, person: TelegramId) -> None:
        """Delete a person's sessions that are waiting for the second factor."""
        ...

    async def factor(self, person: TelegramId, *, lock: bool = False) -> SecondFactor | None: ...
    async def save_factor(self, factor: SecondFactor) -> None: ...
    async def remove_factor(self, person: TelegramId) -> bool:
        """Delete the person's second factor. Return False if there is none."""
        ...


class CustomerRepository(Protocol):
    """Repository of customers: everyone who wrote to the bot."""

    async def get(self, customer_id: CustomerId, *, lock: bool = False) -> Customer | None: ...
    async def with_ids(self, customer_ids: Collection[CustomerId]) -> Sequence[Customer]:
        """Return the customers with these ids."""
        ...

    async def by_telegram_id(self, telegram_id: TelegramId, *, lock: bool = False) -> Customer | None: ...
    async def with_telegram_ids(self, people: Collection[TelegramId]) -> Sequence[Customer]:
        """Return the customers among these people."""
        ...

    async def add_if_new(self, customer: Customer) -> bool:
        """Add a customer. Return False if this Telegram user is a customer already."""
        ...

    async def save(self, customer: Customer) -> None: ...
    async def add_link_use(self, source: str, customer_id: CustomerId, at: datetime) -> None:
        """Record that a customer arrived by the link of a source. Only the first time is stored."""
        ...

    async def add_consent(self, consent: Consent) -> None:
        """Record the version of the terms that a customer accepted. Only the first acceptance of a version is
        stored.
        """
        ...

    async def consents_of(self, customer_id: CustomerId) -> Sequence[Consent]:
        """Return every accepted version of the terms, the oldest first."""
        ...

    async def with_other_terms(
        self, terms: Collection[str], key: str, after_id: CustomerId | None, limit: int
    ) -> Sequence[CustomerId]:
        """Return the ids of reachable customers with a live subscription who last accepted a version of the terms that
        is not in `terms`, and who have no notification with the key `key` followed by their id. Sorted by id, starting
        after `after_id`.
        """
        ...

    async def staff(self) -> Sequence[Customer]:
        """Return all customers with a staff role, the oldest customer first."""
        ...

    async def common_sources(self, limit: int) -> Sequence[str]:
        """Return the sources from which most customers arrived, the most common first."""
        ...

    async def tags_in_use(self) -> Sequence[str]:
        """Return the tags that customers have, in alphabetical order."""
        ...

    async def count_unopened(self) -> int:
        """Return the number of customers who have an invite link waiting and have not opened the bot yet."""
        ...

    async def list_known(self, people: Collection[TelegramId]) -> Set[TelegramId]:
        """Return the given people who have or had a subscription, have an open order, or are staff."""
        ...

    async def account_at(self, customer_id: CustomerId, provider: str) -> PaymentAccount | None: ...
    async def save_account(self, account: PaymentAccount) -> None: ...


class VariableRepository(Protocol):
    """Repository of variables: small values, such as the bot's username, that one process stores and others read."""

    async def get(self, variable: Variable[T]) -> T | None: ...
    async def set(self, variable: Variable[T], value: T | None) -> None:
        """Set a variable; None deletes its value."""
        ...

    async def raise_to(self, variable: Variable[T], value: T) -> None:
        """Set a variable, unless its current value sorts after the new one. Values are compared as text."""
        ...

    async def database_time(self) -> datetime:
        """Return the time of the database server's clock."""
        ...


class Record(StrEnum):
    """Kind of record that is deleted some time after it is finished; each kind has its own retention period.

    updates: messages and button presses as received
    webhook_bodies: raw bodies of providers' webhooks
    notifications: notifications to customers and owners, and the facts of closed alarms
    notices: announcements of a charge
    log_ids: log of finished jobs
    dialogues: questions in the panel without an answer
    console_visits: sessions of the web console, or of the Mini App in a browser, and uploads that were never sent
    app_presses: presses in the Mini App, with their answers
    pictures: originals of posts' pictures, without personal data
    trial_marks: proof that an erased customer had a plan before (`TrialMarks`)
    outgoing: webhook events sent to the operator's endpoints
    operations: results of staff commands, which make repetition idempotent, without personal data
    questions: customers' questions to staff, settled or inactive
    seen_chats: unmanaged chats that the bot saw; anyone may have made the bot an administrator there
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
    """Rows about one person in one table.

    stays: reason why an erasure keeps the rows; empty if it keeps none of them
    is_cut: True if older rows were left out
    """

    table: str
    rows: Sequence[Mapping[str, object]]
    stays: str
    is_cut: bool = False


class PersonalDataRepository(Protocol):
    """Repository of all stored data about one person. It is based on a single list of all columns with personal
    data.
    """

    async def list_rows(
        self, telegram_id: TelegramId, customer: Customer | None, limit: int | None = None
    ) -> Sequence[HeldRows]:
        """Return all rows about a person, table by table. Tables without such rows are left out.

        customer: None if the person was never a customer
        limit: maximum number of rows per table, the newest; None for all
        """
        ...

    async def busy(self, telegram_id: TelegramId) -> bool:
        """Return True if an update from this person is still being processed."""
        ...

    async def letter_held(self, telegram_id: TelegramId, customer: Customer) -> str | None:
        """Return the order reference of a payment event about the customer that was not applied and requires action by
        staff; the event's key if it has no order. Return None if there is no such event.
        """
        ...

    async def erase(
        self, telegram_id: TelegramId, customer: Customer | None, stand_in: TelegramId, now: datetime
    ) -> Mapping[str, int]:
        """Delete a person's rows, or remove the parts that identify the person. Return the number of rows per table. A
        repeated call finds no more rows.

        stand_in: number that replaces the Telegram id

        This is the only code that changes append-only tables. It empties declared columns only.
        """
        ...

    async def count_named(self, telegram_id: TelegramId) -> Mapping[str, int]:
        """Return the number of rows per table that still contain the person's Telegram id, in any column."""
        ...

    async def keep_trial_mark(self, mark: str, now: datetime) -> None:
        """Store a trial mark, which proves that an erased customer had a plan before. An existing mark
        keeps its time.
        """
        ...

    async def has_trial_mark(self, mark: str) -> bool: ...
    async def prune(self, record: Record, now: datetime, keep: timedelta, limit: int) -> int:
        """Delete or empty records finished longer ago than `keep`. Return the number of rows.

        `limit`: maximum number of rows per SQL statement; some kinds of record need several statements
        """
        ...
