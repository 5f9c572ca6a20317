"""Wiring of outgoing webhooks to the operator's own programs."""

from typing import Final

from dependency_injector import containers

from subscriptions.application.lists.read_lists import ReadLists
from subscriptions.application.outbox.send_events import SendEvents
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.outbox import OutboxSettings
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.outbox import Seals
from subscriptions.infrastructure.clock import FollowingClock, SystemClock
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.lists import LISTS
from subscriptions.infrastructure.database.outbox import SqlOutbox
from subscriptions.infrastructure.outgoing.addresses import Addresses
from subscriptions.infrastructure.outgoing.sender import HttpEventSender, WebhookSeals

NO_SEALS: Final[Seals] = WebhookSeals(None, Addresses(()))
"""Seals without a key, which cannot encrypt."""


def _addresses(settings: CoreSettings) -> Addresses:
    return Addresses(settings.webhook_networks if isinstance(settings, OutboxSettings) else ())


def webhook_seals(settings: CoreSettings) -> Seals:
    """Create the seals with the process's WEBHOOK_KEY; without that key they cannot encrypt."""
    return _seals(settings)


def _seals(settings: CoreSettings) -> WebhookSeals:
    key = settings.webhook_key if isinstance(settings, OutboxSettings) else None
    return WebhookSeals(key.get_secret_value() if key else None, _addresses(settings))


def _machine_clock(clock: Clock) -> Clock:
    """Return a clock with real time for signatures, because receivers check the signature's time. The sandbox's clock
    may differ from real time.
    """
    return SystemClock() if isinstance(clock, FollowingClock) else clock


class OutboxContainer(containers.DeclarativeContainer):
    """Container with the use cases of outgoing webhooks. The core's settings must be OutboxSettings."""

    core = nested(CoreContainer)
    make = wire(core)

    outbox = make(SqlOutbox)
    read_lists = make(ReadLists, lists=make(SqlLists))
    addresses = make(_addresses)
    seals = make(_seals)
    sender = make(HttpEventSender, clock=make(_machine_clock))
    send_events = make(SendEvents, outbox=outbox, lists=LISTS, clock=core.clock, sender=sender)
