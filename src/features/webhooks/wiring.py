"""Wiring of the feature's use cases."""

from dependency_injector import containers

from features.webhooks.adapters.sender import HttpEventSender, machine_clock
from features.webhooks.repository import SqlOutbox
from features.webhooks.use_cases.send_events import SendEvents
from subscriptions.application.lists.read_lists import ReadLists
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.lists import LISTS, SqlLists
from subscriptions.bootstrap.seals import addresses_of, webhook_seals
from subscriptions.bootstrap.wiring import nested


class WebhooksContainer(containers.DeclarativeContainer):
    """Container that creates the feature's use cases. core: container of the shared services of a process whose
    settings are OutboxSettings.
    """

    core = nested(CoreContainer)
    make = wire(core)

    outbox = make(SqlOutbox)
    read_lists = make(ReadLists, lists=make(SqlLists))
    addresses = make(addresses_of)
    seals = make(webhook_seals)
    sender = make(HttpEventSender, clock=make(machine_clock))
    send_events = make(SendEvents, outbox=outbox, lists=LISTS, clock=core.clock, sender=sender)
