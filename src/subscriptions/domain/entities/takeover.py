"""A customer's second Telegram account, and the moving of what they have to another account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

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


class TakeoverStatus(StrEnum):
    """proposed: waits for a second person of staff · waiting: the first account may object · done · objected · dropped:
    it could not be carried out, or staff stopped it."""

    PROPOSED = "proposed"
    WAITING = "waiting"
    DONE = "done"
    OBJECTED = "objected"
    DROPPED = "dropped"


OPEN: Final = frozenset({TakeoverStatus.PROPOSED, TakeoverStatus.WAITING})


@dataclass(kw_only=True)
class Takeover:
    """What a customer has, on its way from one Telegram account to another; one open per customer.

    asked_by, agreed_by: as the audit names them; agreed_by is None where the account was proved. due_at: when it is
    carried out unless somebody objects, None while it waits for consent.
    """

    id: UUID
    customer_id: CustomerId
    from_account: TelegramId
    to_account: TelegramId
    status: TakeoverStatus
    asked_by: str
    agreed_by: str | None = None
    asked_at: datetime
    due_at: datetime | None = None
    closed_at: datetime | None = None

    def wait(self, now: datetime) -> None:
        """From now on the first account may object."""
        self.status, self.due_at = TakeoverStatus.WAITING, now + PERIOD_TO_OBJECT

    def has_lapsed(self, now: datetime) -> bool:
        """Whether it was proposed so long ago that nobody will agree any more."""
        return self.status is TakeoverStatus.PROPOSED and now - self.asked_at >= AGREED_WITHIN

    def close(self, status: TakeoverStatus, now: datetime) -> None:
        """It goes on no more."""
        self.status, self.closed_at = status, now
