"""A person who pays, one per Telegram user."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from subscriptions.domain.ids import CustomerId, PaymentId, TelegramId, new_uuid


class CustomerRole(StrEnum):
    """Read from live VIP access, never stored."""

    FREE = "free"
    VIP = "vip"


class StaffRole(StrEnum):
    """What an operator's own people may do; no purchase changes it."""

    SUPPORT = "support"
    MANAGER = "manager"
    OWNER = "owner"


@dataclass(frozen=True, kw_only=True)
class OwnRole:
    """A role that the operator made: a name, and what it may do by the names of permissions.

    One of a name that is not on record (any more) may do nothing.
    """

    name: str
    permissions: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name

    @property
    def id(self) -> UUID:
        """What names it where its name does not fit."""
        return UUID(sha256(self.name.encode()).hexdigest()[:32])


Role = StaffRole | OwnRole
"""What somebody of the operator's people may do."""


def role_called(name: str, permissions: frozenset[str] = frozenset()) -> Role:
    """Return the role of a name: a built-in one, else one of the operator's own."""
    return StaffRole(name) if name in set(StaffRole) else OwnRole(name=name, permissions=permissions)


@dataclass(frozen=True, kw_only=True)
class Consent:
    """Somebody accepted a version of the terms, and said that they are of age. language: in which they read them; empty
    where nobody wrote it down."""

    customer_id: CustomerId
    version: str
    language: str
    accepted_at: datetime


@dataclass(kw_only=True)
class Customer:
    """One Telegram user we know.

    chosen_language: what they asked to be written to in, None while it is Telegram's that counts. zone: by whose clock
    they asked to be told times, as in `Europe/Madrid`; None while it goes by their language.
    blocked_at: when they blocked the bot, None while it may write to them. barred_at: when the operator's people barred
    them from buying, None for who may. quiet_at: when they asked not to be written to for coming back.
    referrer_id: whose link they came by, when nobody knew them. referral_payment_id: the payment for which both were
    given days, None while there is none. partner_id: which partner brought them before they paid anything; it never
    changes. country: from where they said they buy (ISO 3166-1), None where no one asked.
    """

    id: CustomerId
    telegram_id: TelegramId
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language: str = "es"
    chosen_language: str | None = None
    zone: str | None = None
    staff_role: Role | None = None
    terms_version: str | None = None
    terms_accepted_at: datetime | None = None
    blocked_at: datetime | None = None
    barred_at: datetime | None = None
    quiet_at: datetime | None = None
    source: str | None = None
    referrer_id: CustomerId | None = None
    referral_payment_id: PaymentId | None = None
    brought_by: UUID | None = None
    country: str | None = None
    created_at: datetime

    @classmethod
    def arrive(
        cls,
        telegram_id: TelegramId,
        first_name: str,
        username: str | None,
        language: str,
        now: datetime,
        *,
        last_name: str | None = None,
    ) -> "Customer":
        """Somebody wrote to the bot for the first time."""
        return cls(
            id=CustomerId(new_uuid()),
            telegram_id=telegram_id,
            first_name=first_name,
            last_name=last_name,
            username=username,
            language=language,
            created_at=now,
        )

    @property
    def stand_in(self) -> TelegramId:
        """The number that stands for Telegram's once this person is forgotten: people's are above 0."""
        return TelegramId(-(self.id.int % 2**62) - 1)

    @property
    def is_forgotten(self) -> bool:
        """Whether it is only what the law wants kept of somebody."""
        return self.telegram_id < 0

    @property
    def reachable(self) -> bool:
        """Whether the bot may write to this person: they have not blocked it."""
        return self.blocked_at is None

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name

    @property
    def mention(self) -> str:
        """`@username`, or the first name of who has none."""
        return f"@{self.username}" if self.username else self.first_name

    def choose_language(self, language: str | None, at_telegram: str) -> None:
        """From now on in this one; None: in the one their Telegram is in, whatever it becomes."""
        self.chosen_language = language
        self.language = language or at_telegram

    def accept_terms(self, version: str, now: datetime) -> None:
        """Record consent once per version; a repeated press keeps the first moment."""
        if self.terms_version != version:
            self.terms_version = version
            self.terms_accepted_at = now

    @property
    def consent(self) -> Consent | None:
        """The last version that was accepted; None while there is none. Its language is not known by now."""
        if self.terms_version is None or self.terms_accepted_at is None:
            return None
        return Consent(customer_id=self.id, version=self.terms_version, language="", accepted_at=self.terms_accepted_at)

    def has_accepted(self, *versions: str) -> bool:
        """Whether this person accepted the terms in one of `versions` and is of age."""
        return self.terms_version in versions and self.terms_accepted_at is not None
