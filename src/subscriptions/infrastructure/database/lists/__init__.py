"""Registry of all lists that the console, the API and webhook events use."""

from collections.abc import Mapping
from typing import Final

from subscriptions.application.dto.rooms import added_by_features
from subscriptions.application.lists.list_model import ListModel
from subscriptions.infrastructure.database.lists import selling, staff, work
from subscriptions.infrastructure.database.lists.people import CUSTOMERS

_CORE: Final[Mapping[str, ListModel]] = {
    each.name: each
    for each in (
        CUSTOMERS,
        selling.SUBSCRIPTIONS,
        selling.PAYMENTS,
        selling.ORDERS,
        selling.PLANS,
        work.CHANNELS,
        work.RESOURCES,
        work.ALARMS,
        work.MESSAGES,
        work.JOBS,
        work.WEBHOOKS,
        work.ACCOUNTS,
        work.AUDIT,
        staff.TEAM,
        staff.ROLES,
        staff.INVITATIONS,
    )
}
LISTS: Final[Mapping[str, ListModel]] = {
    **_CORE,
    **added_by_features("lists", "LISTS", ListModel, lambda each: each.name, _CORE),
}
