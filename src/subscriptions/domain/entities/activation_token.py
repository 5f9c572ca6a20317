"""Activation code: a single-use code that gives one person one plan. Staff create the code; a deep link submits it to
the bot.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from subscriptions.domain.entities.ledger import IMPORT_NOTE
from subscriptions.domain.entities.service_plan import ServicePlan
from subscriptions.domain.ids import (
    CustomerId,
    OrderId,
    PlanId,
    SubscriptionId,
    TelegramId,
    TokenId,
    new_uuid,
    random_bytes,
)
from subscriptions.domain.money import Money

ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
TOKEN_LENGTH: Final = 16
PREFIX: Final = 4
"""Number of characters of a code that stay readable so that people can identify it."""
_CODE: Final = re.compile(rf"(?<![\w-])(?!\d+(?!\w))[A-Z0-9]{{{TOKEN_LENGTH}}}(?![\w-])")
"""Pattern of an activation code within a text. A sequence of digits only does not match."""
_SOURCE_BYTES: Final = 32
"""Number of random bytes from which a code is derived. It is much larger than needed, so that all characters are
practically equally likely.
"""

NOTE_LIMIT: Final = 200
CAMPAIGN_LIMIT: Final = 40
IMPORT_CAMPAIGN: Final = IMPORT_NOTE
"""Campaign recorded for customers who were imported from another system."""


def new_token() -> str:
    """Return sixteen characters A–Z and 0–9 from the system's cryptographic source (82 bits)."""
    return letters_of(random_bytes(_SOURCE_BYTES), TOKEN_LENGTH)


def letters_of(source: bytes, many: int) -> str:
    """Derive an activation code of `many` characters A–Z and 0–9 from random bytes."""
    number, letters = int.from_bytes(source), ""
    for _ in range(many):
        number, letter = divmod(number, len(ALPHABET))
        letters += ALPHABET[letter]
    return letters


def clean_token(text: str) -> str:
    """Normalize a code that was typed or taken from a link: remove whitespace and convert to upper case."""
    return "".join(text.split()).upper()


def looks_like_token(text: str) -> bool:
    """Return True if a cleaned text has the form of a token, even if no such token exists."""
    return len(text) == TOKEN_LENGTH and all(character in ALPHABET for character in text)


def mask_token(token: str) -> str:
    """Return a masked form such as `ABCD…` for logs and audit entries. A text shorter than a token is masked
    completely.
    """
    return f"{token[:PREFIX]}…" if len(token) >= TOKEN_LENGTH else "…"


def without_codes(text: str) -> str:
    """Mask every code in the text.

    A code in capitals is masked anywhere in the text. If the text consists of a code only, optionally after a command,
    the code is masked in any case and with any spacing.
    """
    command, _, rest = text.partition(" ") if text.startswith("/") else ("", "", text)
    if looks_like_token(clean_token(rest)) and not rest.strip().isdecimal():
        return f"{command} {mask_token(clean_token(rest))}".strip()
    return _CODE.sub(lambda match: mask_token(match[0]), text)


def deep_link(bot_username: str, token: str) -> str:
    """Return the URL that opens the bot with a token (core.telegram.org/bots/features#deep-linking)."""
    return f"https://t.me/{bot_username}?start={token}"


class TokenState(StrEnum):
    """State of a token."""

    USABLE = "usable"
    USED = "used"
    JOINED = "joined"
    REVOKED = "revoked"
    EXPIRED = "expired"


class TokenDates(Protocol):
    """Timestamps that determine the state of a token."""

    @property
    def used_at(self) -> datetime | None:
        """Time of use; None if the token is unused."""

    @property
    def joined_at(self) -> datetime | None:
        """Time at which the customer who used the token joined the channel."""

    @property
    def revoked_at(self) -> datetime | None:
        """Time of revocation; None if the token was not revoked."""

    @property
    def expires_at(self) -> datetime:
        """Time from which the token can no longer be used."""


def state_of(token: TokenDates, now: datetime) -> TokenState:
    """Return the state of a token at `now`."""
    if token.used_at is not None:
        return TokenState.JOINED if token.joined_at is not None else TokenState.USED
    if token.revoked_at is not None:
        return TokenState.REVOKED
    return TokenState.EXPIRED if now >= token.expires_at else TokenState.USABLE


@dataclass(kw_only=True)
class ActivationToken:
    """Activation code with the plan, price and length in days at the time of its creation.

    batch: id shared by codes that were created together
    opened: number of times that the code's link was opened
    joined_at: time at which the customer who used the code joined the channel
    sealed: True if `token` contains a digest instead of the code itself (`CodeSeal`)
    keyless: True if that digest was made without a key (`fingerprint_of`)
    order_id: order by which a customer paid for the code as a gift; None for other codes
    """

    id: TokenId
    token: str
    plan_id: PlanId
    price: Money
    duration_days: int
    created_at: datetime
    created_by: TelegramId | None
    expires_at: datetime
    note: str = ""
    campaign: str = ""
    batch: UUID | None = None
    opened: int = 0
    opened_at: datetime | None = None
    used_at: datetime | None = None
    used_by: CustomerId | None = None
    subscription_id: SubscriptionId | None = None
    joined_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_by: TelegramId | None = None
    sealed: bool = False
    keyless: bool = False
    order_id: OrderId | None = None

    @classmethod
    def make(
        cls,
        plan: ServicePlan,
        created_by: TelegramId | None,
        now: datetime,
        expires_at: datetime,
        *,
        note: str = "",
        campaign: str = "",
        batch: UUID | None = None,
    ) -> "ActivationToken":
        """Create a token with the plan's current price and number of days."""
        return cls(
            id=TokenId(new_uuid()),
            token=new_token(),
            plan_id=plan.id,
            price=plan.price,
            duration_days=plan.days_from(now),
            created_at=now,
            created_by=created_by,
            expires_at=expires_at,
            note=note,
            campaign=campaign,
            batch=batch,
        )

    def redraw(self) -> None:
        """Replace the token by a new random one after a collision with an existing token."""
        self.token = new_token()

    def mask(self) -> str:
        """Return the masked form, such as `ABCD…`."""
        return f"{self.token[:PREFIX]}…"

    def usable(self, now: datetime) -> bool:
        """Return True if the token can still be used."""
        return self.used_at is None and self.revoked_at is None and now < self.expires_at
