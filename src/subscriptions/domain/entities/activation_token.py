"""A code that gives one person one plan: made by an admin, opened by a deep link, used once."""

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
"""So much of a code stays readable, for people to tell it by."""
_CODE: Final = re.compile(rf"(?<![\w-])(?!\d+(?!\w))[A-Z0-9]{{{TOKEN_LENGTH}}}(?![\w-])")
"""A code in a text; a number alone is none."""
_SOURCE_BYTES: Final = 32
"""So many more than the letters need that each of them is as likely as any other."""

NOTE_LIMIT: Final = 200
CAMPAIGN_LIMIT: Final = 40
IMPORT_CAMPAIGN: Final = IMPORT_NOTE
"""The campaign of who comes from another system."""
GIFTS: Final = "gift"
"""The campaign of what customers paid for others."""


def new_token() -> str:
    """Sixteen characters A–Z and 0–9 from the system's cryptographic source: 82 bits."""
    return letters_of(random_bytes(_SOURCE_BYTES), TOKEN_LENGTH)


def letters_of(source: bytes, many: int) -> str:
    """So many characters A–Z and 0–9, as these bytes say."""
    number, letters = int.from_bytes(source), ""
    for _ in range(many):
        number, letter = divmod(number, len(ALPHABET))
        letters += ALPHABET[letter]
    return letters


def clean_token(text: str) -> str:
    """What was typed or came with a link, without blanks around or within it, in capital letters."""
    return "".join(text.split()).upper()


def looks_like_token(text: str) -> bool:
    """Whether a cleaned text can be a token at all, known or not."""
    return len(text) == TOKEN_LENGTH and all(character in ALPHABET for character in text)


def mask_token(token: str) -> str:
    """`ABCD…`: what logs and audits may show. Of a short text nothing is shown."""
    return f"{token[:PREFIX]}…" if len(token) >= TOKEN_LENGTH else "…"


def without_codes(text: str) -> str:
    """The same text with four letters of each code in it: one in capitals anywhere, or typed in whatever way alone."""
    command, _, rest = text.partition(" ") if text.startswith("/") else ("", "", text)
    if looks_like_token(clean_token(rest)) and not rest.strip().isdecimal():
        return f"{command} {mask_token(clean_token(rest))}".strip()
    return _CODE.sub(lambda match: mask_token(match[0]), text)


def deep_link(bot_username: str, token: str) -> str:
    """The address that opens the bot with a token (core.telegram.org/bots/features#deep-linking)."""
    return f"https://t.me/{bot_username}?start={token}"


class TokenState(StrEnum):
    """How a token stands."""

    USABLE = "usable"
    USED = "used"
    JOINED = "joined"
    REVOKED = "revoked"
    EXPIRED = "expired"


class TokenDates(Protocol):
    """What happened to a token, and until when it may be used."""

    @property
    def used_at(self) -> datetime | None:
        """None: nobody did."""

    @property
    def joined_at(self) -> datetime | None:
        """When who used it was inside the channel."""

    @property
    def revoked_at(self) -> datetime | None:
        """None: it was not."""

    @property
    def expires_at(self) -> datetime:
        """From then on nobody may use it."""


def state_of(token: TokenDates, now: datetime) -> TokenState:
    """In one word, as people are told."""
    if token.used_at is not None:
        return TokenState.JOINED if token.joined_at is not None else TokenState.USED
    if token.revoked_at is not None:
        return TokenState.REVOKED
    return TokenState.EXPIRED if now >= token.expires_at else TokenState.USABLE


@dataclass(kw_only=True)
class ActivationToken:
    """Plan, price and length in days are those of the moment it was made. batch: made together with others.

    opened: how often somebody came with it. joined_at: when who used it was inside the channel. sealed: `token` is no
    code any more, but what is kept of one (`CodeSeal`); keyless: by who has not the key of codes (`fingerprint_of`).
    order_id: a customer paid for it, as a gift.
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
        """A fresh token for `plan` as it is now."""
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
        """Take other characters: these exist already."""
        self.token = new_token()

    def mask(self) -> str:
        """`ABCD…`."""
        return f"{self.token[:PREFIX]}…"

    def usable(self, now: datetime) -> bool:
        """Whether somebody may still use it."""
        return self.used_at is None and self.revoked_at is None and now < self.expires_at
