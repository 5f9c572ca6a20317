"""Answers about a subscription at one moment: access, billing, ends and money."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from subscriptions.domain.entities.hold import HoldReason
from subscriptions.domain.ids import PaymentId
from subscriptions.domain.money import Money
from subscriptions.domain.timeline.money import Balance


class AdmittedBy(StrEnum):
    """Reason for which a customer is inside.

    time: bought or given time runs
    charging: the provider's next period has begun, and its charge is neither paid nor refused
    grace: a charge failed, and the grace period lasts
    bridge: the period has just ended, and the provider's charge is about to be reported
    """

    TIME = "time"
    CHARGING = "charging"
    GRACE = "grace"
    BRIDGE = "bridge"


class OutsideBecause(StrEnum):
    """Reason for which a customer is outside.

    never: there never was any time
    held: Umbral keeps the customer out
    skipped: the customer skips a period
    paused: the provider paused the subscription without an end date, or the charge that ends a pause failed
    waiting: time begins later
    over: all time is over
    """

    NEVER = "never"
    HELD = "held"
    SKIPPED = "skipped"
    PAUSED = "paused"
    WAITING = "waiting"
    OVER = "over"


@dataclass(frozen=True, kw_only=True)
class Inside:
    """The customer may be inside. `until`: end of this reason, if nothing else happens."""

    by: AdmittedBy
    until: datetime


@dataclass(frozen=True, kw_only=True)
class Outside:
    """The customer is outside.

    held: reasons of the hold, if Umbral keeps the customer out
    since: None if not known
    returns: time at which the customer is admitted again, if that is known
    """

    because: OutsideBecause
    held: frozenset[HoldReason] = frozenset()
    since: datetime | None = None
    returns: datetime | None = None


class UnbilledBecause(StrEnum):
    """Reason for which nothing will be charged.

    once: nothing renews
    canceled: the subscription ends with its period
    ended: the provider ended the subscription
    stopped: billing was stopped for good
    returned: the money for the last bought period went back
    paused: the seller paused the charges at the provider
    held: Umbral paused the charges
    """

    ONCE = "once"
    CANCELED = "canceled"
    ENDED = "ended"
    STOPPED = "stopped"
    RETURNED = "returned"
    PAUSED = "paused"
    HELD = "held"


@dataclass(frozen=True, kw_only=True)
class Charge:
    """Next charge. `amount`: None if it is not known. `is_announced`: True if the provider announced it."""

    at: datetime
    amount: Money | None
    is_announced: bool


@dataclass(frozen=True, kw_only=True)
class Charging:
    """Charge of a period that has begun, which is neither paid nor refused. `ends_pause`: see `Unpaid`."""

    begin: datetime
    end: datetime
    ends_pause: bool = False


@dataclass(frozen=True, kw_only=True)
class Unpaid:
    """Failed charge.

    amount: None if it is not known
    may_retry: False if the provider ended the subscription
    ends_pause: True if a pause or a skipped period would have ended with the charge, so that the customer stays outside
        until it is paid
    """

    since: datetime
    amount: Money | None
    grace_until: datetime
    may_retry: bool
    ends_pause: bool = False


@dataclass(frozen=True, kw_only=True)
class Unbilled:
    """Nothing will be charged."""

    because: UnbilledBecause


Access = Inside | Outside
Billing = Charge | Charging | Unpaid | Unbilled


@dataclass(frozen=True, kw_only=True)
class Ends:
    """Ends of access.

    paid: end of bought and given time; None if there never was any
    shown: end that people are told, including grace days
    lasting: end after which nothing is left to wait for, including the charge after a skipped period
    """

    paid: datetime | None
    shown: datetime | None
    lasting: datetime | None


@dataclass(frozen=True, kw_only=True)
class Use:
    """Use of one piece of bought or given time. `left`: time that is left if nothing else happens."""

    used: timedelta
    left: timedelta


@dataclass(frozen=True, kw_only=True)
class State:
    """All answers about a subscription at one moment."""

    access: Access
    billing: Billing
    ends: Ends
    money: Mapping[PaymentId, Balance]
    uses: Mapping[str, Use]
