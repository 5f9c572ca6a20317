"""Keys of the operator's own programs: what each may do, kept so that nobody can read them back."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

PREFIX: Final = "umbral_"
"""By which a key is recognised where it does not belong, a log for one."""


class Ability(StrEnum):
    """What a key may do."""

    PICKS = "picks"
    REPORTS = "reports"
    CUSTOMERS = "customers"
    CODES = "codes"
    MAKE_CODES = "make-codes"
    SUBSCRIPTIONS = "subscriptions"
    PAYMENTS = "payments"
    PLANS = "plans"
    BROADCASTS = "broadcasts"
    CHANGE_CUSTOMERS = "change-customers"
    CHANGE_ACCESS = "change-access"
    REFUND = "refund"
    MANAGE_STAFF = "manage-staff"
    EDIT_TEXTS = "edit-texts"
    CHANGE_OFFER = "change-offer"
    OPERATE = "operate"
    CHANGE_SETTINGS = "change-settings"


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """One key. digest: see `digest_of`; last_used_at: to the minute. held_at: since when it opens nothing, because it
    came back with a copy of the database and may have been revoked since; None: it opens."""

    name: str
    digest: str
    abilities: frozenset[Ability]
    created_at: datetime
    last_used_at: datetime | None = None
    held_at: datetime | None = None

    @property
    def id(self) -> UUID:
        """What names it where its name does not fit: a part of its digest, by which nobody finds the key."""
        return UUID(self.digest[:32])


def new_secret() -> str:
    """A key nobody guesses: 256 bits."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is kept of a key. It is drawn, not chosen, so nothing slower than one hash is needed."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
