"""API keys of the operator's programs, stored as digests with their permissions."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

PREFIX: Final = "umbral_"
"""Prefix of each key, by which a leaked key can be recognized, for example in a log."""


class Ability(StrEnum):
    """Permission of an API key."""

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
    """API key of one program, stored without its secret.

    digest: SHA-256 digest of the secret, see `digest_of`
    last_used_at: time of the last use, accurate to the minute
    held_at: time since which the key is disabled. A restore of the database disables keys, because they may have been
        revoked after the copy was made. None while the key is enabled.
    """

    name: str
    digest: str
    abilities: frozenset[Ability]
    created_at: datetime
    last_used_at: datetime | None = None
    held_at: datetime | None = None

    @property
    def id(self) -> UUID:
        """Id for buttons and URLs, for which the name may be too long: a part of the digest, which does not reveal the
        key.
        """
        return UUID(self.digest[:32])


def new_secret() -> str:
    """Return a new random key with 256 bits of entropy."""
    return PREFIX + secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """Return the SHA-256 digest under which a key is stored. Keys are random, so a slower hash is not needed."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
