"""Names of the facts of each kind of alarm, derived from the kind's declaration."""

from __future__ import annotations

from dataclasses import fields

from subscriptions.application.alarms.alarm_kind import AlarmKind, OfPurchase, OfSubscription, alarm_kinds
from subscriptions.application.deliveries.mark_unreachable import AccountDeleted
from subscriptions.application.views.alarm_facts import HIDDEN_FACTS

KINDS = alarm_kinds()
_OF_CUSTOMER = {"customer", "telegram_id"}
_OF_SUBSCRIPTION = (OfSubscription, AccountDeleted)
_EXCLUSIVE = {"erasure_waits": {"reason"}, "clock_wrong": {"database"}}
"""Facts that an alarm has only if it lacks another fact, keyed by kind of alarm."""


def names_of(kind: type[AlarmKind]) -> tuple[str, ...]:
    """Return the names of an alarm kind's facts as used in `alarms.toml`. Facts that identify the customer are replaced
    by the one name `customer`, and hidden facts are left out.
    """
    own = [item.name for item in fields(kind)]
    about = ["customer"] if _OF_CUSTOMER & set(own) else []
    about += ["plan", "order"] if issubclass(kind, (OfPurchase, *_OF_SUBSCRIPTION)) else []
    about += ["subscription", "provider"] if issubclass(kind, _OF_SUBSCRIPTION) else []
    shown = [name for name in own if name not in HIDDEN_FACTS | _OF_CUSTOMER | _EXCLUSIVE.get(kind.name, set())]
    return tuple(dict.fromkeys([*about, *shown]))
