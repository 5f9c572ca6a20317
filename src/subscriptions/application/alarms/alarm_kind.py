"""Kinds of alarm: one class per kind, declared in the module that detects the kind's cause.

The class declares the facts shown to the owners, the page that helps to fix the problem, and the closing rule. Rows,
events and payloads store the kind's name and its facts as strings, which every version can read.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, Final, dataclass_transform

from subscriptions.application.dto.rooms import load_rooms
from subscriptions.domain.entities.alarm import Alarm
from subscriptions.domain.entities.permission import Permission
from subscriptions.domain.events import AlarmRaised
from subscriptions.domain.ids import CustomerId, SubscriptionId
from subscriptions.domain.ports.unit_of_work import UnitOfWork
from subscriptions.domain.services.staff_policy import StaffAction


class AlarmLink(StrEnum):
    """Button that an alarm shows in addition to the link to the customer's card, named after the page or command it
    opens.
    """

    REFUND = "refund"
    REPAIR = "repair"
    BAN = "ban"
    REQUEUE = "requeue"
    PLAN = "plan"
    METHODS = "methods"
    HIDE_METHOD = "hide_method"
    CHANNEL = "channel"
    ACCOUNTS = "accounts"
    RECONCILE = "reconcile"
    WEBHOOKS = "webhooks"
    REPEAT_WEBHOOK = "repeat_webhook"
    JOBS = "jobs"
    MESSAGES = "messages"
    ALARMS = "alarms"
    GRANT = "grant"
    PAYMENTS = "payments"
    INVITATION = "invitation"


TAKES: Final[Mapping[AlarmLink, Permission]] = {
    AlarmLink.REFUND: StaffAction.REFUND_PAYMENT,
    AlarmLink.REPAIR: StaffAction.REPAIR,
    AlarmLink.BAN: StaffAction.RESTORE_ACCESS,
    AlarmLink.REQUEUE: StaffAction.REPEAT_WORK,
    AlarmLink.PLAN: StaffAction.SEE_PLANS,
    AlarmLink.METHODS: StaffAction.ARRANGE_METHODS,
    AlarmLink.HIDE_METHOD: StaffAction.ARRANGE_METHODS,
    AlarmLink.CHANNEL: StaffAction.SET_UP_CHANNEL,
    AlarmLink.ACCOUNTS: StaffAction.SEE_ACCOUNTS,
    AlarmLink.RECONCILE: StaffAction.RECONCILE,
    AlarmLink.WEBHOOKS: StaffAction.SEE_WORK,
    AlarmLink.REPEAT_WEBHOOK: StaffAction.REPEAT_WORK,
    AlarmLink.JOBS: StaffAction.SEE_WORK,
    AlarmLink.MESSAGES: StaffAction.SEE_CUSTOMERS,
    AlarmLink.ALARMS: StaffAction.SEE_ALARMS,
    AlarmLink.GRANT: StaffAction.GRANT_PLAN,
    AlarmLink.PAYMENTS: StaffAction.REFUND_PAYMENT,
    AlarmLink.INVITATION: StaffAction.MANAGE_STAFF,
}
"""Permission that a staff member needs to see each link of an alarm."""


@dataclass(frozen=True)
class PanelPage:
    """Page of the panel to which a feature's alarms link.

    subject: name of the fact that contains the id of the page's subject; empty for a page without a subject
    text: key of the button's text; `panel.way.{page}` if empty
    address: page of the console, relative to its root; empty for none
    """

    page: str
    permission: Permission
    subject: str = ""
    text: str = ""
    address: str = ""


def permission_for(link: AlarmLink | PanelPage) -> Permission:
    """Return the permission required to see the link."""
    return link.permission if isinstance(link, PanelPage) else TAKES[link]


@dataclass(frozen=True)
class News:
    """Closing rule of alarms about an event that requires no action: they are closed from the start."""


@dataclass(frozen=True)
class ByCause:
    """Closing rule: the code that detects the alarm's cause also closes the alarm (`keep_alarm`)."""


@dataclass(frozen=True)
class ByPerson:
    """Closing rule: only staff can close the alarm. `reason`: explains why no data shows that the problem is solved."""

    reason: str


@dataclass(frozen=True)
class ByAge:
    """Closing rule: an alarm older than `age` is closed. While the cause lasts, the alarm is raised again within
    `age`.
    """

    age: timedelta


CauseCheck = Callable[[UnitOfWork, Alarm, datetime], Awaitable[bool]]
"""Function that returns True if the cause of an alarm is gone. It returns False for an alarm of an earlier version
whose facts it cannot read.
"""


@dataclass(frozen=True)
class ByCheck:
    """Closing rule: `WatchAlarms` checks every few minutes whether the alarm's cause is gone."""

    is_gone: CauseCheck


ClosingRule = News | ByCause | ByPerson | ByAge | ByCheck

_KINDS: Final[dict[str, "type[AlarmKind]"]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True)
class AlarmKind:
    """Kind of alarm. Its fields are the alarm's facts, with the names used in the texts of `alarms.toml`. A fact that
    is not known is None and is omitted.

    name: stored name, which never changes
    link: link of the alarm's only button
    page: link in the console; None to use `link` there too
    names_customer: False for a kind whose facts are stored as they are, because processes raise it that may not read
        customers
    """

    name: ClassVar[str]
    closes: ClassVar[ClosingRule]
    link: ClassVar[AlarmLink | PanelPage | None] = None
    page: ClassVar[AlarmLink | None] = None
    names_customer: ClassVar[bool] = True

    def __init_subclass__(cls, **more: Any) -> None:
        """Register a subclass that has a name as a kind of alarm. A subclass without a name is a shared base class."""
        super().__init_subclass__(**more)
        dataclass(frozen=True, kw_only=True)(cls)
        name = cls.__dict__.get("name")
        if name is not None:
            if name in _KINDS:
                raise TypeError(f"two kinds of alarm are called {name}")
            _KINDS[name] = cls

    def facts(self) -> dict[str, str]:
        """Return the facts as stored and shown."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: stored_fact(value) for name, value in values.items() if value is not None}

    def raise_event(self, key: str, at: datetime | None = None) -> AlarmRaised:
        """Return the event that raises the alarm.

        key: unique key, so that the same problem raises one alarm
        at: time at which the cause was detected
        """
        return AlarmRaised(key, self.name, tuple(self.facts().items()), at)


class OfPurchase(AlarmKind):
    """Alarm about a customer's order. `order`: short reference of the order."""

    order: str
    customer: CustomerId


class OfSubscription(AlarmKind):
    """Alarm about a customer's subscription."""

    subscription: SubscriptionId
    customer: CustomerId


@cache
def alarm_kinds() -> Mapping[str, type[AlarmKind]]:
    """Return all kinds, keyed by name. All packages are loaded, because each package declares its own kinds."""
    load_rooms()
    return dict(_KINDS)


def closing_of(name: str) -> ClosingRule | None:
    """Return the closing rule of a kind; None for a kind of another version, which only staff can close."""
    kind = alarm_kinds().get(name)
    return kind.closes if kind is not None else None


def link_of(name: str) -> AlarmLink | PanelPage | None:
    """Return the link of a kind; None if the kind is unknown or has no link."""
    kind = alarm_kinds().get(name)
    return kind.link if kind is not None else None


def page_of(name: str) -> AlarmLink | PanelPage | None:
    """Return the console link of a kind; None if the kind is unknown or has no link."""
    kind = alarm_kinds().get(name)
    return (kind.page or kind.link) if kind is not None else None


def stored_fact(value: object) -> str:
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)
