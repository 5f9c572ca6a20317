"""A customer's second Telegram account, and the moving of what they have to another account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from subscriptions.domain.entities.takeover_status import TakeoverStatus
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ids import CustomerId, TelegramId

LINK: Final = "acc_"
"""What the deep link begins with that proves a second account, before its code."""
CODE_LIFETIME: Final = timedelta(minutes=15)
TRIES: Final = 3
"""Codes that one customer may ask for, and codes that one account may try in vain, within a day."""
REST: Final = timedelta(days=1)
"""How long after it was proved a second account can take nothing over: who
holds the first for an hour gains nothing."""
PERIOD_TO_OBJECT: Final = timedelta(days=1)
"""Time to object, counted from the delivery of the notice to the first account."""
NOTICE_WITHIN: Final = timedelta(days=1)
"""Time after which a notice that no job is sending counts as undeliverable."""
LOST_NOTICE: Final = "the notice was lost"
"""`Takeover.undelivered` of a notice that nothing is left of."""
AGREED_WITHIN: Final = timedelta(days=7)
"""How long what one person of staff proposed waits for another to agree."""
AFTER_OBJECTION: Final = timedelta(days=30)
"""How long after an objection staff alone can move a customer's things."""


def digest_of(code: str) -> str:
    """Return what is kept of a code, by which it is recognised and cannot be read."""
    return sha256(code.encode()).hexdigest()


@dataclass(kw_only=True)
class SecondAccount:
    """The account that a customer names to take over from, one per customer.

    telegram_id: None until somebody opened the link with the code there. code: the digest of the code that proves it,
    None once it was used.
    """

    customer_id: CustomerId
    telegram_id: TelegramId | None = None
    code: str | None = None
    offered_at: datetime
    proved_at: datetime | None = None

    def opens(self, now: datetime) -> bool:
        """Whether the code still proves an account."""
        return self.code is not None and now - self.offered_at < CODE_LIFETIME

    def just_proved(self, now: datetime) -> bool:
        """Whether it was proved by a code that would still be good."""
        return self.proved_at is not None and now - self.proved_at < CODE_LIFETIME

    def has_rested(self, now: datetime) -> bool:
        """Whether the account was named long enough ago to take over."""
        return self.proved_at is not None and now - self.proved_at >= REST


@dataclass(kw_only=True)
class Takeover:
    """What a customer has, on its way from one Telegram account to another; one open per customer.

    asked_by, agreed_by: as the audit names them; agreed_by is None where the account was proved and its notice
    delivered. confirmed_by: the first of the two who confirm a transfer that is held. waits_since: when the first
    account was to be notified; None in rows of older versions. undelivered: why the notice failed for good, None
    otherwise. due_at: when the transfer is carried out unless somebody objects; None while it waits for consent or
    for its notice.
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
        """Return True if the first account could not be notified and two of staff have not confirmed the transfer."""
        return self.status is TakeoverStatus.WAITING and self.undelivered is not None and self.agreed_by is None

    def wait(self, now: datetime) -> None:
        """Let the first account be notified. Its time to object begins with the delivery of the notice."""
        self.status, self.waits_since, self.due_at = TakeoverStatus.WAITING, now, None

    def notice_delivered(self, at: datetime) -> None:
        """Begin the time to object at the delivery of the notice, also where staff has set another date meanwhile."""
        self.due_at = at + PERIOD_TO_OBJECT
        self.undelivered = self.confirmed_by = None

    def notice_failed(self, reason: str, now: datetime) -> None:
        """Hold the transfer. One to which two of staff agreed goes on in a day, in which the owners can stop it."""
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
        """Return True if the notice should have been begun long ago."""
        return now - (self.waits_since or self.asked_at) >= NOTICE_WITHIN

    def has_lapsed(self, now: datetime) -> bool:
        """Return True if the transfer has waited so long for staff that nobody will agree any more."""
        if self.is_held:
            return now - (self.waits_since or self.asked_at) >= AGREED_WITHIN
        return self.status is TakeoverStatus.PROPOSED and now - self.asked_at >= AGREED_WITHIN

    def close(self, status: TakeoverStatus, now: datetime) -> None:
        """It goes on no more."""
        self.status, self.closed_at = status, now


class TakeoverAsked(DomainEvent):
    """An account transfer waits for its notice: the first account may object."""

    customer_id: CustomerId
    takeover_id: UUID


class TakeoverClosed(DomainEvent):
    """An account transfer is over: done, objected to or dropped."""

    customer_id: CustomerId
    takeover_id: UUID
