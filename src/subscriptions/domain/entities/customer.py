"""Customer entity, one per Telegram user, and the roles of customers and staff."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from subscriptions.domain.ids import CustomerId, PaymentId, TelegramId, new_uuid

MOST_MISSES: Final = 5
"""Maximum number of codes without a promotion that a customer may try within MISSES_COUNT."""
WORDS_PER_CODE: Final = 4
"""Number of single words, which may be guesses or ordinary messages, that count as one code."""
MISSES_COUNT: Final = timedelta(hours=1)


class CustomerRole(StrEnum):
    """Role of a customer, derived from live VIP access and never stored."""

    FREE = "free"
    VIP = "vip"


class StaffRole(StrEnum):
    """Built-in role of staff; purchases do not change it."""

    SUPPORT = "support"
    MANAGER = "manager"
    OWNER = "owner"


@dataclass(frozen=True, kw_only=True)
class OwnRole:
    """Custom role made by the operator, with the names of its permissions.

    A role that is no longer stored has no permissions.
    """

    name: str
    permissions: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name

    @property
    def id(self) -> UUID:
        """Id for chat buttons, for which the name may be too long. The id is derived from the name."""
        return UUID(sha256(self.name.encode()).hexdigest()[:32])


Role = StaffRole | OwnRole
"""Role of a staff member: a built-in or a custom one."""


def role_called(name: str, permissions: frozenset[str] = frozenset()) -> Role:
    """Return the role of this name: a built-in role, or else a custom role with these permissions."""
    return StaffRole(name) if name in set(StaffRole) else OwnRole(name=name, permissions=permissions)


@dataclass(frozen=True, kw_only=True)
class Consent:
    """Acceptance of one version of the terms, together with the customer's statement that they are of age.

    `language`: language in which the customer read the terms; empty if not recorded.
    """

    customer_id: CustomerId
    version: str
    language: str
    accepted_at: datetime


@dataclass(kw_only=True)
class Customer:
    """Customer with a Telegram account.

    chosen_language: language that the customer chose; None to use the language set in their Telegram app
    zone: time zone that the customer chose, such as `Europe/Madrid`; None to derive it from the language
    blocked_at: time at which the customer blocked the bot; None if they have not
    unopened_at: time since which the customer is known although they have not opened the bot, for example by an import;
        None once they have opened it
    barred_at: time at which staff barred the customer from buying; None if they have not
    quiet_at: time at which the customer declined win-back messages
    referrer_id: customer whose referral link this customer used when they were new
    brought_payment_id: this customer's payment that earned referral days for the referrer and this customer; None if
    there is none
    brought_by: partner who referred the customer before their first payment; never changes
    country: country of purchase that the customer declared (ISO 3166-1); None if not asked
    tags: tags that staff gave the customer
    code_misses: words and, each as WORDS_PER_CODE words, codes without a promotion that the customer tried since
        `code_missed_at`
    code_missed_at: time of the first of these tries; None before
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
    unopened_at: datetime | None = None
    barred_at: datetime | None = None
    quiet_at: datetime | None = None
    source: str | None = None
    referrer_id: CustomerId | None = None
    brought_payment_id: PaymentId | None = None
    brought_by: UUID | None = None
    country: str | None = None
    tags: frozenset[str] = frozenset()
    code_misses: int = 0
    code_missed_at: datetime | None = None
    created_at: datetime

    def may_try_codes(self, now: datetime) -> bool:
        """Return False if the customer tried MOST_MISSES codes without a promotion within MISSES_COUNT."""
        return self.code_misses < MOST_MISSES * WORDS_PER_CODE or self._misses_are_over(now)

    def miss_code(self, now: datetime, *, is_word: bool = False) -> bool:
        """Count a try of a code without a promotion. Return True if it was the last that the customer may make.

        is_word: True for a single word, see WORDS_PER_CODE
        """
        if self._misses_are_over(now):
            self.code_misses, self.code_missed_at = 0, now
        before, most = self.code_misses, MOST_MISSES * WORDS_PER_CODE
        self.code_misses += 1 if is_word else WORDS_PER_CODE
        return before < most <= self.code_misses

    def _misses_are_over(self, now: datetime) -> bool:
        return self.code_missed_at is None or now >= self.code_missed_at + MISSES_COUNT

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
        """Create a customer for a person who wrote to the bot for the first time."""
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
        """Negative number that replaces the Telegram id of an erased customer. Real ids of people are positive."""
        return TelegramId(-(self.id.int % 2**62) - 1)

    @property
    def is_forgotten(self) -> bool:
        """Return True if the customer was erased and only the data required by law remain."""
        return self.telegram_id < 0

    @property
    def reachable(self) -> bool:
        """Return True if the bot can message the customer, who has opened it and has not blocked it."""
        return self.blocked_at is None and self.unopened_at is None

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}" if self.last_name else self.first_name

    @property
    def mention(self) -> str:
        """`@username`, or the first name if there is no username."""
        return f"@{self.username}" if self.username else self.first_name

    def choose_language(self, language: str | None, at_telegram: str) -> None:
        """Set the customer's language. `language`: None to use `at_telegram`, the language set in the customer's
        Telegram app.
        """
        self.chosen_language = language
        self.language = language or at_telegram

    def accept_terms(self, version: str, now: datetime) -> None:
        """Record consent to a version of the terms. Repeated calls keep the first timestamp."""
        if self.terms_version != version:
            self.terms_version = version
            self.terms_accepted_at = now

    @property
    def consent(self) -> Consent | None:
        """Consent to the latest accepted version; None if there is none. Its language is empty, because a customer's
        row does not contain the language.
        """
        if self.terms_version is None or self.terms_accepted_at is None:
            return None
        return Consent(customer_id=self.id, version=self.terms_version, language="", accepted_at=self.terms_accepted_at)

    def has_accepted(self, *versions: str) -> bool:
        """Return True if the customer accepted one of `versions` and stated that they are of age."""
        return self.terms_version in versions and self.terms_accepted_at is not None
