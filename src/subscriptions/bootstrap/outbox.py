"""Wiring of webhooks for the operator's own programs."""

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
"""Seals of a process without a key."""


def _addresses(settings: CoreSettings) -> Addresses:
    return Addresses(settings.webhook_networks if isinstance(settings, OutboxSettings) else ())


def webhook_seals(settings: CoreSettings) -> Seals:
    """Return the seals with the key of the process's settings; without a key nothing can be encrypted."""
    return _seals(settings)


def _seals(settings: CoreSettings) -> WebhookSeals:
    key = settings.webhook_key if isinstance(settings, OutboxSettings) else None
    return WebhookSeals(key.get_secret_value() if key else None, _addresses(settings))


def _machine_clock(clock: Clock) -> Clock:
    """Return the clock for signatures, which receivers compare with real time; the sandbox's clock may be set
    arbitrarily.
    """
    return SystemClock() if isinstance(clock, FollowingClock) else clock


class OutboxContainer(containers.DeclarativeContainer):
    """Container on top of a core whose settings are OutboxSettings."""

    core = nested(CoreContainer)
    make = wire(core)

    outbox = make(SqlOutbox)
    read_lists = make(ReadLists, lists=make(SqlLists))
    addresses = make(_addresses)
    seals = make(_seals)
    sender = make(HttpEventSender, clock=make(_machine_clock))
    send_events = make(SendEvents, outbox=outbox, lists=LISTS, clock=core.clock, sender=sender)
