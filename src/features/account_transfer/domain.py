"""Second Telegram accounts of customers, and account transfers to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.takeover_status import TakeoverStatus
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import CustomerId, TelegramId

LINK: Final = "acc_"
"""Prefix of the deep link that proves a second account; the code follows."""
CODE_LIFETIME: Final = timedelta(minutes=15)
TRIES: Final = 3
"""Codes that one customer may request, and failed codes that one account may try, within a day."""
REST: Final = timedelta(days=1)
"""Time after the proof during which a second account cannot request a transfer, so that briefly holding the first
account gains nothing.
"""
PERIOD_TO_OBJECT: Final = timedelta(days=1)
"""Time to object, counted from the delivery of the notice to the first account."""
NOTICE_WITHIN: Final = timedelta(days=1)
"""Time after which a notice that no job is sending counts as undeliverable."""
LOST_NOTICE: Final = "the notice was lost"
"""Value of `Takeover.undelivered` for a notice of which no record is left."""
AGREED_WITHIN: Final = timedelta(days=7)
"""Time that a transfer proposed by one staff member waits for another to agree."""
AFTER_OBJECTION: Final = timedelta(days=30)
"""Time after an objection during which only staff can transfer the customer's purchases."""


def digest_of(code: str) -> str:
    """Return the digest under which a code is stored."""
    return sha256(code.encode()).hexdigest()


@dataclass(kw_only=True)
class SecondAccount:
    """Second Telegram account of a customer, one per customer, from which they recover their purchases.

    telegram_id: None until the link with the code was opened there. code: digest of the code that proves the account,
    None once it was used.
    """

    customer_id: CustomerId
    telegram_id: TelegramId | None = None
    code: str | None = None
    offered_at: datetime
    proved_at: datetime | None = None

    def opens(self, now: datetime) -> bool:
        """Return True if the code still proves an account."""
        return self.code is not None and now - self.offered_at < CODE_LIFETIME

    def just_proved(self, now: datetime) -> bool:
        """Return True if the account was proved by a code that would still be valid."""
        return self.proved_at is not None and now - self.proved_at < CODE_LIFETIME

    def has_rested(self, now: datetime) -> bool:
        """Return True if the account was named long enough ago to request a transfer."""
        return self.proved_at is not None and now - self.proved_at >= REST


@dataclass(kw_only=True)
class Takeover:
    """Transfer of a customer's purchases to another Telegram account, one open per customer.

    asked_by, agreed_by: actors as the audit log names them; agreed_by is None if the account was proved and its notice
    delivered. confirmed_by: the first of the two staff members who confirm a held transfer. waits_since: timestamp from
    which the first account is to be notified; None in rows of older versions. undelivered: reason why the notice failed
    for good, None otherwise. due_at: timestamp at which the transfer is carried out unless the first account objects;
    None while it waits for consent or for its notice.
    """

    id: UUID
    customer_id: CustomerId
    from_account: TelegramId
    to_account: TelegramId
    status: TakeoverStatus
    asked_by: str
    agreed_by: str | None = None
    asked_at: datetime
    confirmed_by: str | None = None
    waits_since: datetime | None = None
    undelivered: str | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None

    @property
    def is_held(self) -> bool:
        """Return True if the notice to the first account failed and two staff members have not confirmed
        the transfer.
        """
        return self.status is TakeoverStatus.WAITING and self.undelivered is not None and self.agreed_by is None

    def wait(self, now: datetime) -> None:
        """Let the first account be notified. Its time to object begins with the delivery of the notice."""
        self.status, self.waits_since, self.due_at = TakeoverStatus.WAITING, now, None

    def notice_delivered(self, at: datetime) -> None:
        """Begin the time to object at the delivery of the notice, also where staff has set another date meanwhile."""
        self.due_at = at + PERIOD_TO_OBJECT
        self.undelivered = self.confirmed_by = None

    def notice_failed(self, reason: str, now: datetime) -> None:
        """Hold the transfer. If two staff members agreed to it, it proceeds in a day, during which the owners can stop
        it.
        """
        self.undelivered = reason
        self.due_at = now + PERIOD_TO_OBJECT if self.agreed_by is not None else None

    def confirm(self, person: str, now: datetime) -> bool:
        """Confirm a transfer that is held. Return True if `person` is the second one, which sets the date."""
        if self.confirmed_by is None:
            self.confirmed_by = person
            return False
        self.agreed_by, self.due_at = person, now + PERIOD_TO_OBJECT
        return True

    def is_notice_lost(self, now: datetime) -> bool:
        """Return True if the sending of the notice should have begun long ago."""
        return now - (self.waits_since or self.asked_at) >= NOTICE_WITHIN

    def has_lapsed(self, now: datetime) -> bool:
        """Return True if the transfer has waited for staff for longer than `AGREED_WITHIN`."""
        if self.is_held:
            return now - (self.waits_since or self.asked_at) >= AGREED_WITHIN
        return self.status is TakeoverStatus.PROPOSED and now - self.asked_at >= AGREED_WITHIN

    def close(self, status: TakeoverStatus, now: datetime) -> None:
        """Close the transfer."""
        self.status, self.closed_at = status, now


class TakeoverAsked(DomainEvent):
    """An account transfer waits for its notice: the first account may object."""

    customer_id: CustomerId
    takeover_id: UUID


class TakeoverClosed(DomainEvent):
    """An account transfer is over: done, objected to or dropped."""

    customer_id: CustomerId
    takeover_id: UUID
