"""Second Telegram accounts of customers, and account transfers to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.account_transfer_status import AccountTransferStatus
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import CustomerId, TelegramId

LINK: Final = "acc_"
"""Prefix of the deep link that verifies a second account, followed by the code."""
CODE_LIFETIME: Final = timedelta(minutes=15)
TRIES: Final = 3
"""Maximum number, per day, of codes that a customer may request, and of wrong codes that an account may use."""
REST: Final = timedelta(days=1)
"""Waiting time between the verification of a second account and its first transfer request, so that a person who has
access to the first account only briefly cannot take over the purchases.
"""
PERIOD_TO_OBJECT: Final = timedelta(days=1)
"""Period in which the first account may object to a transfer, counted from the delivery of the notice."""
NOTICE_WITHIN: Final = timedelta(days=1)
"""Time after which a notice counts as undeliverable if no job is sending it."""
LOST_NOTICE: Final = "the notice was lost"
"""Value of `AccountTransfer.undelivered` for a notice of which no record exists."""
AGREED_WITHIN: Final = timedelta(days=7)
"""Time for which a transfer proposed by one staff member waits for the consent of another."""
AFTER_OBJECTION: Final = timedelta(days=30)
"""Time after an objection during which only staff can start a transfer."""


def digest_of(code: str) -> str:
    """Return the digest of a verification code. Only the digest is stored."""
    return sha256(code.encode()).hexdigest()


@dataclass(kw_only=True)
class SecondAccount:
    """Second Telegram account of a customer, at most one per customer. A customer who lost the first account can
    transfer the purchases to the second one.

    telegram_id: None until the link with the code was opened from that account
    code: digest of the code that verifies the account; None after its use
    """

    customer_id: CustomerId
    telegram_id: TelegramId | None = None
    code: str | None = None
    offered_at: datetime
    proved_at: datetime | None = None

    def opens(self, now: datetime) -> bool:
        """Return True if the code can still verify an account."""
        return self.code is not None and now - self.offered_at < CODE_LIFETIME

    def just_proved(self, now: datetime) -> bool:
        """Return True if the second account was verified so recently that its code would still be valid."""
        return self.proved_at is not None and now - self.proved_at < CODE_LIFETIME

    def has_rested(self, now: datetime) -> bool:
        """Return True if the account was verified at least `REST` ago, so that it may request a transfer."""
        return self.proved_at is not None and now - self.proved_at >= REST


@dataclass(kw_only=True)
class AccountTransfer:
    """Transfer of a customer's purchases to another Telegram account, at most one open transfer per customer.

    asked_by: actor who requested the transfer, as named in the audit log
    agreed_by: staff member who agreed to a proposed transfer or released a held one; None for a transfer to a
        verified account whose notice was delivered
    confirmed_by: first of the two staff members who confirm a held transfer
    waits_since: time from which the first account is to be notified; None in rows of older releases
    undelivered: reason why the notice could not be delivered at all; None otherwise
    due_at: time at which the transfer is carried out unless the first account objects; None while the transfer waits
        for consent or for its notice
    """

    id: UUID
    customer_id: CustomerId
    from_account: TelegramId
    to_account: TelegramId
    status: AccountTransferStatus
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
        """Return True if the notice to the first account failed and two staff members have not confirmed the transfer
        yet.
        """
        return self.status is AccountTransferStatus.WAITING and self.undelivered is not None and self.agreed_by is None

    def wait(self, now: datetime) -> None:
        """Start notifying the first account. The period for an objection begins with the delivery of the notice."""
        self.status, self.waits_since, self.due_at = AccountTransferStatus.WAITING, now, None

    def notice_delivered(self, at: datetime) -> None:
        """Set the date of the transfer to the end of the period for an objection, which starts with the delivery of the
        notice at `at`. The new date replaces one that staff set earlier.
        """
        self.due_at = at + PERIOD_TO_OBJECT
        self.undelivered = self.confirmed_by = None

    def notice_failed(self, reason: str, now: datetime) -> None:
        """Record that the notice failed. If two staff members have agreed, the transfer takes place in a day, during
        which the owners can stop it; otherwise it is held.
        """
        self.undelivered = reason
        self.due_at = now + PERIOD_TO_OBJECT if self.agreed_by is not None else None

    def confirm(self, person: str, now: datetime) -> bool:
        """Confirm a held transfer. Return True if `person` is the second staff member to confirm; the date of the
        transfer is then set.
        """
        if self.confirmed_by is None:
            self.confirmed_by = person
            return False
        self.agreed_by, self.due_at = person, now + PERIOD_TO_OBJECT
        return True

    def is_notice_lost(self, now: datetime) -> bool:
        """Return True if the transfer has waited for its notice for `NOTICE_WITHIN`, so that the notice counts as
        undeliverable.
        """
        return now - (self.waits_since or self.asked_at) >= NOTICE_WITHIN

    def has_lapsed(self, now: datetime) -> bool:
        """Return True if the transfer has waited for the consent or confirmation of staff longer than
        `AGREED_WITHIN`.
        """
        if self.is_held:
            return now - (self.waits_since or self.asked_at) >= AGREED_WITHIN
        return self.status is AccountTransferStatus.PROPOSED and now - self.asked_at >= AGREED_WITHIN

    def close(self, status: AccountTransferStatus, now: datetime) -> None:
        """Close the transfer with its final status: completed, objected to or dropped."""
        self.status, self.closed_at = status, now


class AccountTransferAsked(DomainEvent):
    """Event: an account transfer was requested, and its notice must be sent to the first account, which may object."""

    customer_id: CustomerId
    account_transfer_id: UUID


class AccountTransferClosed(DomainEvent):
    """Event: an account transfer was closed, because it was completed, objected to or dropped."""

    customer_id: CustomerId
    account_transfer_id: UUID
