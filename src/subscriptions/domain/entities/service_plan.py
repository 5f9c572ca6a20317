"""Plans on sale: their price, period and conditions."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from subscriptions.domain.entities.resource import PERSONAL, VIP
from subscriptions.domain.entities.spoken import Spoken, in_each_language, is_code
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ids import PlanId, TelegramId
from subscriptions.domain.money import Money

SOFT_ID = re.compile(r"[a-z0-9-]{1,40}\Z")
NAME_LIMIT = 60
NOTE_LIMIT = 200
DURATION_LIMIT = 3660
"""Maximum duration in days: ten years. A longer duration is probably a typing error, and dates have an upper limit."""
LIFETIME: Final = 36_500
"""Duration in days of a plan bought once for life: a hundred years. No page shows this number."""

TRANSLATED_LIMITS: Final = {"name": NAME_LIMIT, "description": 1000, "note": NOTE_LIMIT}
"""Parts of a plan that can be translated, with their maximum number of characters."""

FOR_LIFE_YEAR: Final = 2100
"""First year that is treated as no end: a plan for life ends a hundred years after its purchase."""
ENDING: Final = range(2000, FOR_LIFE_YEAR)
"""Years allowed for a plan's last day. A later year would be shown as no end, and some time zones cannot represent
31/12/9999.
"""
LAST_SECOND: Final = time(23, 59, 59)
_LAST_CLOCK: Final = timedelta(hours=12)
"""Offset of UTC-12, the time zone in which each day begins and ends last."""
_DAYS_OF = {"day": 1, "week": 7, "month": 30, "year": 365}


class AccessKind(StrEnum):
    """Access of a plan in the terms of older releases: a personal channel (possibly with further chats), or only shared
    chats.
    """

    PERSONAL_CHANNEL = "personal_channel"
    VIP_CHANNEL = "vip_channel"


OPENED_BY: Final[Mapping[AccessKind, tuple[str, ...]]] = {
    AccessKind.PERSONAL_CHANNEL: (PERSONAL,),
    AccessKind.VIP_CHANNEL: (VIP,),
}
"""Resources that a plan includes if it lists none, keyed by the plan's `access`."""


USUAL: Final = AccessKind.VIP_CHANNEL
"""Default value of a plan's `access`."""


def access_of(opens: Iterable[str]) -> AccessKind:
    """Return the access kind that corresponds best to a list of resources, for older releases."""
    return AccessKind.PERSONAL_CHANNEL if PERSONAL in opens else AccessKind.VIP_CHANNEL


class Interval(StrEnum):
    """Unit of a recurring plan's period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Buyers(StrEnum):
    """Customers who may buy a plan: everyone, new customers who never had a plan, existing or former customers, or
    customers with a code.
    """

    EVERYBODY = "everybody"
    NEWCOMERS = "newcomers"
    CUSTOMERS = "customers"
    CODE = "code"


class PerPerson(StrEnum):
    """Number of purchases per person.

    auto: one purchase of a free plan, otherwise unlimited
    once: one purchase
    unlimited: any number of purchases
    """

    AUTO = "auto"
    ONCE = "once"
    UNLIMITED = "unlimited"


class Listing(StrEnum):
    """Visibility of a plan; a hidden plan can be reached only by its link."""

    LISTED = "listed"
    HIDDEN = "hidden"


class RefundPolicy(StrEnum):
    """Effect of a full refund: access and billing both end, or both continue."""

    END_ACCESS = "end_access"
    KEEP_ACCESS = "keep_access"


class DisputePolicy(StrEnum):
    """Effect of an open dispute: the customer is removed or keeps access. A lost dispute always ends the paid time."""

    SUSPEND = "suspend"
    KEEP = "keep"


def soft_id_from(name: str) -> str:
    """Return the slug for a plan's name: `Vip Mensual ⭐` → `vip-mensual`. Raise InvalidInput if no letter or digit is
    left.
    """
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:40].rstrip("-")
    if not slug:
        raise InvalidInput("name", "must have at least one letter or digit")
    return slug


@dataclass(kw_only=True)
class PlanCard:
    """Details of a plan that customers see. Recurring plans have an interval, one-time plans a duration in days.

    note: line under the description, empty for none
    ends_on: last day of the bought time for every buyer; after that day the plan is no longer sold
    buyers, per_person: customers who may buy the plan, and how often
    holders_of: slugs of plans of which the buyer must have at least one; no requirement if empty
    listing: visibility in the list of plans
    """

    soft_id: str
    name: str
    emoji: str = ""
    description: str = ""
    note: str = ""
    price: Money
    recurring: bool = True
    interval: Interval | None = Interval.MONTH
    interval_count: int = 1
    duration_days: int | None = None
    ends_on: date | None = None
    buyers: Buyers = Buyers.EVERYBODY
    holders_of: frozenset[str] = frozenset()
    per_person: PerPerson = PerPerson.AUTO
    listing: Listing = Listing.LISTED

    @property
    def is_once(self) -> bool:
        """Return True if a person may buy the plan only once."""
        return self.per_person is PerPerson.ONCE or (self.per_person is PerPerson.AUTO and self.free)

    @property
    def repeatable(self) -> bool:
        """Return True if a former customer of the plan may buy it again without staff or a code."""
        return not self.is_once and self.buyers not in {Buyers.NEWCOMERS, Buyers.CODE}

    @property
    def is_restricted(self) -> bool:
        """Return True if some customers may not buy the plan."""
        return self.is_once or self.buyers is not Buyers.EVERYBODY or bool(self.holders_of)

    @property
    def is_listed(self) -> bool:
        """Return True if the plan may be shown in the list of plans. A plan that requires a code is never listed."""
        return self.listing is Listing.LISTED and self.buyers is not Buyers.CODE

    def end_in(self, zone: tzinfo) -> datetime | None:
        """Return the end of the plan's last day in a time zone, one second before midnight. Return None for a plan
        without a last day.
        """
        return datetime.combine(self.ends_on, LAST_SECOND, zone).astimezone(UTC) if self.ends_on else None

    def is_over(self, now: datetime, zone: tzinfo) -> bool:
        """Return True if the plan's last day is over in the time zone, so that the plan is no longer sold."""
        end = self.end_in(zone)
        return end is not None and end <= now

    @property
    def free(self) -> bool:
        """Return True if the plan is free, so that no provider is involved."""
        return self.price.minor == 0

    @property
    def giftable(self) -> bool:
        """Return True if the plan can be bought as a gift. A free plan needs no payment, a plan with a last day might
        have ended before the gift is redeemed, and a restricted plan is only for certain buyers.
        """
        return not self.free and self.ends_on is None and not self.is_restricted

    @property
    def label(self) -> str:
        """Emoji and name, as shown on a button."""
        return in_each_language(self.name, lambda name: f"{self.emoji} {name}".strip())


@dataclass(kw_only=True)
class ServicePlan(PlanCard):
    """Plan that is or was sold.

    opens: slugs of the resources that the plan includes, in order; derived from `access` if none are given
    access: derived from `opens`
    texts: translations of the parts in TRANSLATED_LIMITS, keyed by language; `name`, `description` and `note` contain
        them (`spoken.text_for`)
    refused_by: providers that refuse the plan's price, which therefore do not sell the plan
    honours_tokens: True if existing activation codes stay valid after the plan is switched off
    version: increased by every change, to detect concurrent edits
    """

    id: PlanId
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    trial_days: int = 0
    grace_days: int | None = None
    access: AccessKind = AccessKind.PERSONAL_CHANNEL
    opens: tuple[str, ...] = ()
    refused_by: frozenset[str] = frozenset()
    refund_policy: RefundPolicy = RefundPolicy.END_ACCESS
    dispute_policy: DisputePolicy = DisputePolicy.SUSPEND
    active: bool = True
    position: int = 0
    honours_tokens: bool = True
    version: int = 1
    updated_at: datetime | None = None
    updated_by: TelegramId | None = None
    created_at: datetime
    created_by: TelegramId | None = None

    def __post_init__(self) -> None:
        for part in TRANSLATED_LIMITS:
            others = {language: words[part] for language, words in self.texts.items() if words.get(part)}
            setattr(self, part, Spoken(getattr(self, part), others))
        self.opens = tuple(self.opens) or OPENED_BY[self.access]
        self.access = access_of(self.opens)
        self.validate()

    def validate(self) -> None:
        """Raise InvalidInput with the name of the field if a field has an invalid value."""
        if not self.name.strip() or len(self.name) > NAME_LIMIT:
            raise InvalidInput("name", f"must have 1 to {NAME_LIMIT} characters")
        if len(self.note) > NOTE_LIMIT:
            raise InvalidInput("note", f"must have at most {NOTE_LIMIT} characters")
        self._validate_texts()
        if not SOFT_ID.match(self.soft_id):
            raise InvalidInput("soft_id", "must be 1 to 40 of a-z, 0-9 and -")
        if self.price.minor < 0:
            raise InvalidInput("price", "must not be negative")
        if self.recurring and (self.interval is None or self.interval_count < 1):
            raise InvalidInput("interval", "a recurring plan needs an interval and a count of at least 1")
        if not self.recurring and (self.duration_days is None or self.duration_days < 1):
            raise InvalidInput("duration_days", "a one-off plan needs a duration of at least 1 day")
        if self.duration_days is not None and DURATION_LIMIT < self.duration_days != LIFETIME:
            raise InvalidInput("duration_days", f"must be at most {DURATION_LIMIT} days")
        if self.ends_on is not None and (self.recurring or self.trial_days):
            raise InvalidInput("ends_on", "a plan that renews or begins with a trial has no last day")
        if self.ends_on is not None and self.ends_on.year not in ENDING:
            raise InvalidInput("ends_on", f"must lie in the years {ENDING.start} to {ENDING.stop - 1}")
        if self.buyers is Buyers.NEWCOMERS and self.holders_of:
            raise InvalidInput("holders_of", "a plan for newcomers cannot ask for another plan: leave one of the two")
        for soft_id in self.holders_of:
            if not SOFT_ID.match(soft_id):
                raise InvalidInput("holders_of", f"{soft_id[:40]!r} is no plan's soft id")

    def _validate_texts(self) -> None:
        for language, words in self.texts.items():
            if not is_code(language):
                raise InvalidInput("texts", f"{language[:20]!r} is no language; write it like en or pt-br")
            for part, word in words.items():
                if part not in TRANSLATED_LIMITS:
                    raise InvalidInput(f"texts.{language}", f"{part[:40]!r} is none of {', '.join(TRANSLATED_LIMITS)}")
                if len(word) > TRANSLATED_LIMITS[part]:
                    raise InvalidInput(
                        f"texts.{language}.{part}", f"must have at most {TRANSLATED_LIMITS[part]} characters"
                    )

    @property
    def charge(self) -> tuple[Money, bool, Interval | None, int]:
        """Terms of the provider's price object: the amount, recurring or not, the interval and its count."""
        return self.price, *self.rhythm

    @property
    def rhythm(self) -> tuple[bool, Interval | None, int]:
        """Billing rhythm: recurring or not, the interval and its count."""
        return self.recurring, self.interval, self.interval_count

    @property
    def days(self) -> int:
        """Number of days given by one period or purchase, as used for activation codes. A month counts as 30 days, a
        year as 365.
        """
        if self.duration_days is not None:
            return self.duration_days
        return _DAYS_OF[self.interval or Interval.MONTH] * self.interval_count

    @property
    def price_rank(self) -> tuple[float, str]:
        """Key that orders plans by the price of a day."""
        return self.price.minor / self.days, self.soft_id

    def days_from(self, now: datetime) -> int:
        """Return the number of days that a grant at `now` gives, limited by the plan's last day. The latest time zone
        (UTC-12) is used, so that the number is never too small; `cut_length` later cuts the time for the actual time
        zone.
        """
        today = (now - _LAST_CLOCK).date()
        return self.days if self.ends_on is None else max(min(self.days, (self.ends_on - today).days + 1), 1)

    def cut_length(self, begin: datetime, length: timedelta, zone: tzinfo) -> timedelta:
        """Return the part of a length from `begin` that ends by the end of the plan's last day in the time zone."""
        end = self.end_in(zone)
        return length if end is None else max(min(length, end - begin), timedelta())

    def for_another(self) -> "ServicePlan":
        """Return the plan as a gift: one period, paid once, without renewal or trial."""
        return replace(self, recurring=False, interval=None, interval_count=1, duration_days=self.days, trial_days=0)

    @property
    def opens_vip(self) -> bool:
        """Return True if the plan includes the VIP channel, which gives the role VIP."""
        return VIP in self.opens

    @property
    def lists_chats(self) -> bool:
        """Return True if customers see the plan's resources one by one, because no value of AccessKind describes this
        set of resources.
        """
        return self.opens not in OPENED_BY.values()
