"""Every list there is, declared with what it reads."""

from collections.abc import Mapping
from typing import Final

from subscriptions.application.lists.list_model import ListModel
from subscriptions.infrastructure.database.lists import partners, record, selling, work
from subscriptions.infrastructure.database.lists.people import CUSTOMERS

LISTS: Final[Mapping[str, ListModel]] = {
    each.name: each
    for each in (
        CUSTOMERS,
        selling.SUBSCRIPTIONS,
        selling.PAYMENTS,
        selling.ORDERS,
        selling.CODES,
        selling.PLANS,
        record.TIPS,
        partners.PARTNERS,
        partners.OWED,
        work.CHANNELS,
        work.RESOURCES,
        work.ALARMS,
        work.MESSAGES,
        work.JOBS,
        work.WEBHOOKS,
        work.ACCOUNTS,
        work.AUDIT,
    )
}
