"""What is sold."""

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
"""Days: ten years. More is a slip of the finger, and dates have an end."""
LIFETIME: Final = 36_500
"""Days of a plan that is bought once for good: a hundred years, which no page shows as such."""

TRANSLATED_LIMITS: Final = {"name": NAME_LIMIT, "description": 1000, "note": NOTE_LIMIT}
"""What may read otherwise in another language, and how many characters it has at most there."""

FOR_LIFE_YEAR: Final = 2100
"""From this year on something has no end that anybody will see: a plan for life ends a hundred years later."""
ENDING: Final = range(2000, FOR_LIFE_YEAR)
"""Years a last day may lie in: what ends later reads as for good, and clocks of some zones know no 31/12/9999."""
LAST_SECOND: Final = time(23, 59, 59)
_LAST_CLOCK: Final = timedelta(hours=12)
"""Behind UTC: a day begins and is over nowhere later."""
_DAYS_OF = {"day": 1, "week": 7, "month": 30, "year": 365}


class AccessKind(StrEnum):
    """What a plan opens, in the words of versions that knew two things: a channel of the customer's own (among others),
    or only what all who pay for it share."""

    PERSONAL_CHANNEL = "personal_channel"
    VIP_CHANNEL = "vip_channel"


OPENED_BY: Final[Mapping[AccessKind, tuple[str, ...]]] = {
    AccessKind.PERSONAL_CHANNEL: (PERSONAL,),
    AccessKind.VIP_CHANNEL: (VIP,),
}
"""What a plan opens that says no more than its `access`."""


USUAL: Final = AccessKind.VIP_CHANNEL
"""What a plan opens whose maker says nothing of it, as in the operator's documents."""


def access_of(opens: Iterable[str]) -> AccessKind:
    """Return the one of the two old words that a list of resources comes closest to."""
    return AccessKind.PERSONAL_CHANNEL if PERSONAL in opens else AccessKind.VIP_CHANNEL


class Interval(StrEnum):
    """The unit of a recurring plan's period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Buyers(StrEnum):
    """Who may buy a plan: everybody, who never had a plan here, who has or had one, or who came with a code for it."""

    EVERYBODY = "everybody"
    NEWCOMERS = "newcomers"
    CUSTOMERS = "customers"
    CODE = "code"


class PerPerson(StrEnum):
    """How often one person may have a plan. auto: once where it costs nothing, else as often as they like."""

    AUTO = "auto"
    ONCE = "once"
    UNLIMITED = "unlimited"


class Listing(StrEnum):
    """Whether a plan is shown among the others; a hidden one is bought by its link alone."""

    LISTED = "listed"
    HIDDEN = "hidden"


class RefundPolicy(StrEnum):
    """What a payment that went back in full does: its time ends and nothing more is charged, or all goes on."""

    END_ACCESS = "end_access"
    KEEP_ACCESS = "keep_access"


class DisputePolicy(StrEnum):
    """What a dispute does while it is open: its customer is out, or stays. A lost one always ends what it paid."""

    SUSPEND = "suspend"
    KEEP = "keep"


def soft_id_from(name: str) -> str:
    """The public slug of a plan's name: `Vip Mensual ⭐` → `vip-mensual`. Raises InvalidInput when nothing is left."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_name).strip("-")[:40].rstrip("-")
    if not slug:
        raise InvalidInput("name", "must have at least one letter or digit")
    return slug


@dataclass(kw_only=True)
class PlanCard:
    """What customers are shown of a plan, wherever it is offered. Recurring plans have an interval, one-off plans a
    duration in days.

    note: a line under the description on its card, empty for none. ends_on: the last day of it for whoever buys it,
    whenever that is; then it is sold no more.

    buyers, per_person: who may buy it, and how often. holders_of: soft ids of plans; only who has one of them may buy
    it, anybody where there are none. listing: whether it is shown among the others.
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
        """Whether one person may have it once only."""
        return self.per_person is PerPerson.ONCE or (self.per_person is PerPerson.AUTO and self.free)

    @property
    def repeatable(self) -> bool:
        """Whether who had it and has it no more may come back to it by themselves."""
        return not self.is_once and self.buyers not in {Buyers.NEWCOMERS, Buyers.CODE}

    @property
    def is_restricted(self) -> bool:
        """Whether there are people who may not buy it."""
        return self.is_once or self.buyers is not Buyers.EVERYBODY or bool(self.holders_of)

    @property
    def is_listed(self) -> bool:
        """Whether it may be shown among the others: what takes a code is not."""
        return self.listing is Listing.LISTED and self.buyers is not Buyers.CODE

    def end_in(self, zone: tzinfo) -> datetime | None:
        """When its last day is over by a zone's clock, to the second before midnight; None where it has none."""
        return datetime.combine(self.ends_on, LAST_SECOND, zone).astimezone(UTC) if self.ends_on else None

    def is_over(self, now: datetime, zone: tzinfo) -> bool:
        """Whether its last day is over by that zone's clock: then it is sold no more."""
        end = self.end_in(zone)
        return end is not None and end <= now

    @property
    def free(self) -> bool:
        """Whether it costs nothing: then no provider takes part in it."""
        return self.price.minor == 0

    @property
    def giftable(self) -> bool:
        """Whether one may pay for it and another have it: of what costs nothing there is nothing to pay, what ends
        on a day might be over before it is opened, and what only some may buy is for them.
        """
        return not self.free and self.ends_on is None and not self.is_restricted

    @property
    def label(self) -> str:
        """Emoji and name, as on a button."""
        return in_each_language(self.name, lambda name: f"{self.emoji} {name}".strip())


@dataclass(kw_only=True)
class ServicePlan(PlanCard):
    """One thing on offer.

    opens: the soft ids of the resources it opens, in order; what `access` says where none is given. access: follows it.
    texts: by language, what of SPOKEN reads otherwise in it; name, description and note know of it (`spoken.said`).
    honours_tokens: whether tokens made before still count once the plan is switched off. version: grows with every
    change, so that two people who edit at once notice each other.
    """

    id: PlanId
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    trial_days: int = 0
    grace_days: int | None = None
    access: AccessKind = AccessKind.PERSONAL_CHANNEL
    opens: tuple[str, ...] = ()
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
        """Raises InvalidInput naming the field that is wrong."""
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
        """What a provider's price object stands for: the amount, and how often it is charged."""
        return self.price, *self.rhythm

    @property
    def rhythm(self) -> tuple[bool, Interval | None, int]:
        """How often it is charged: by itself or not, and each how many of what."""
        return self.recurring, self.interval, self.interval_count

    @property
    def days(self) -> int:
        """How many days it gives at once, as a token carries it: a month counts 30, a year 365."""
        if self.duration_days is not None:
            return self.duration_days
        return _DAYS_OF[self.interval or Interval.MONTH] * self.interval_count

    def days_from(self, now: datetime) -> int:
        """The same for whoever is given it now, up to its last day by the last clock on earth: what is too much for an
        earlier one is cut off when it is had (`cut`)."""
        today = (now - _LAST_CLOCK).date()
        return self.days if self.ends_on is None else max(min(self.days, (self.ends_on - today).days + 1), 1)

    def cut_length(self, begin: datetime, length: timedelta, zone: tzinfo) -> timedelta:
        """What is left of some time from `begin` on when its last day, by that zone's clock, ends it."""
        end = self.end_in(zone)
        return length if end is None else max(min(length, end - begin), timedelta())

    def as_gift(self) -> "ServicePlan":
        """The plan as it is given away: one period of it, paid once, that neither renews nor begins with a trial."""
        return replace(self, recurring=False, interval=None, interval_count=1, duration_days=self.days, trial_days=0)

    @property
    def opens_vip(self) -> bool:
        """Whether it opens the VIP channel, which makes its customer VIP."""
        return VIP in self.opens

    @property
    def lists_chats(self) -> bool:
        """Whether customers are shown what it opens one by one: it is more, or other, than the two old words say."""
        return self.opens not in OPENED_BY.values()
