"""What an alarm is: one class for each kind, declared where its cause is seen.

The class says what the owners are told of it, where it leads who wants to put it right, and how it closes. Its rows,
its event and its payload hold the kind by its name and the facts as words, as every version reads them.
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


class Way(StrEnum):
    """Where an alarm leads beside its customer's card."""

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
    TIPS = "tips"
    ALARMS = "alarms"
    GRANT = "grant"
    EVIDENCE = "evidence"
    QUESTION = "question"
    INVITATION = "invitation"


TAKES: Final[Mapping[Way, Permission]] = {
    Way.REFUND: StaffAction.REFUND_PAYMENT,
    Way.REPAIR: StaffAction.REPAIR,
    Way.BAN: StaffAction.RESTORE_ACCESS,
    Way.REQUEUE: StaffAction.REPEAT_WORK,
    Way.PLAN: StaffAction.SEE_PLANS,
    Way.METHODS: StaffAction.ARRANGE_METHODS,
    Way.HIDE_METHOD: StaffAction.ARRANGE_METHODS,
    Way.CHANNEL: StaffAction.SET_UP_CHANNEL,
    Way.ACCOUNTS: StaffAction.SEE_ACCOUNTS,
    Way.RECONCILE: StaffAction.RECONCILE,
    Way.WEBHOOKS: StaffAction.SEE_WORK,
    Way.REPEAT_WEBHOOK: StaffAction.REPEAT_WORK,
    Way.JOBS: StaffAction.SEE_WORK,
    Way.MESSAGES: StaffAction.SEE_CUSTOMERS,
    Way.TIPS: StaffAction.SEE_RECORD,
    Way.ALARMS: StaffAction.SEE_ALARMS,
    Way.GRANT: StaffAction.GRANT_PLAN,
    Way.EVIDENCE: StaffAction.REFUND_PAYMENT,
    Way.QUESTION: StaffAction.ANSWER_QUESTIONS,
    Way.INVITATION: StaffAction.MANAGE_STAFF,
}
"""What one must be allowed to for it to be shown."""


@dataclass(frozen=True)
class PanelPage:
    """A page of the panel that a feature brings, as the way of its alarms. The text is `panel.way.{page}`."""

    page: str
    permission: Permission


def permission_for(way: Way | PanelPage) -> Permission:
    """Return the permission without which the way is not shown."""
    return way.permission if isinstance(way, PanelPage) else TAKES[way]


@dataclass(frozen=True)
class News:
    """It says what happened and leaves nothing to settle: told, on record, and never open."""


@dataclass(frozen=True)
class ByCause:
    """Whoever sees its cause keeps it, and closes it once the cause is gone (`keep_alarm`)."""


@dataclass(frozen=True)
class ByPerson:
    """Nothing that is kept or can be asked says when it is settled. reason: why not."""

    reason: str


@dataclass(frozen=True)
class ByAge:
    """As long as its cause lasts there is a new one before that age, so one that has it is over."""

    age: timedelta


CauseCheck = Callable[[UnitOfWork, Alarm, datetime], Awaitable[bool]]
"""Whether the cause of an alarm is gone. False for what an earlier version wrote and nobody can read."""


@dataclass(frozen=True)
class ByCheck:
    """Nobody is there to see its cause go, so it is looked for every few minutes (`WatchAlarms`)."""

    is_gone: CauseCheck


ClosingRule = News | ByCause | ByPerson | ByAge | ByCheck

_KINDS: Final[dict[str, "type[AlarmKind]"]] = {}


@dataclass_transform(frozen_default=True, kw_only_default=True)
@dataclass(frozen=True, kw_only=True)
class AlarmKind:
    """Its fields are its facts, by their names in `alarms.toml`; one that is not known is None, and not told.

    name: as it is stored, so it never changes. way: its one button. page: of the console, where that has a better one.
    """

    name: ClassVar[str]
    closes: ClassVar[ClosingRule]
    way: ClassVar[Way | PanelPage | None] = None
    page: ClassVar[Way | None] = None

    def __init_subclass__(cls, **more: Any) -> None:
        """A subclass with a name is a kind; one without is what several have in common."""
        super().__init_subclass__(**more)
        dataclass(frozen=True, kw_only=True)(cls)
        name = cls.__dict__.get("name")
        if name is not None:
            if name in _KINDS:
                raise TypeError(f"two kinds of alarm are called {name}")
            _KINDS[name] = cls

    def facts(self) -> dict[str, str]:
        """As they are stored and told."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: stored_fact(value) for name, value in values.items() if value is not None}

    def raise_event(self, key: str, at: datetime | None = None) -> AlarmRaised:
        """key: what makes it one alarm however often it is seen. at: when its cause was seen."""
        return AlarmRaised(key, self.name, tuple(self.facts().items()), at)


class OfPurchase(AlarmKind):
    """About an order of a customer's. order: its short number."""

    order: str
    customer: CustomerId


class OfSubscription(AlarmKind):
    """About a subscription of a customer's."""

    subscription: SubscriptionId
    customer: CustomerId


@cache
def alarm_kinds() -> Mapping[str, type[AlarmKind]]:
    """All kinds, by their names: those of every use case, so all of them are loaded."""
    load_rooms()
    return dict(_KINDS)


def closing_of(name: str) -> ClosingRule | None:
    """How alarms of that kind close; None of a kind that another version has, which stays for a person."""
    kind = alarm_kinds().get(name)
    return kind.closes if kind is not None else None


def way_of(name: str) -> Way | PanelPage | None:
    """Where alarms of that kind lead."""
    kind = alarm_kinds().get(name)
    return kind.way if kind is not None else None


def page_of(name: str) -> Way | PanelPage | None:
    """Where they lead in the console."""
    kind = alarm_kinds().get(name)
    return (kind.page or kind.way) if kind is not None else None


def stored_fact(value: object) -> str:
    """Return a fact as it is stored."""
    return f"{value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else str(value)
