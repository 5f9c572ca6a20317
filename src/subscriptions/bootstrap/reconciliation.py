"""Wiring of reconciliation and its sources, for the worker and the command line."""

from dependency_injector import containers, providers

from subscriptions.application.inbox.poll_events import PollEvents
from subscriptions.application.reconciliation.reconcile import Reconcile
from subscriptions.application.reconciliation.reconcile_channels import ReconcileChannels
from subscriptions.application.reconciliation.reconcile_money import ReconcileMoney
from subscriptions.application.subscriptions.poll_subscription import PollSubscription
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


class ReconciliationContainer(containers.DeclarativeContainer):
    """Dependency injection container with the use cases that compare Umbral's records with other systems."""

    core = nested(CoreContainer)
    make = wire(core)

    poll_events = make(PollEvents)
    poll_subscription = make(PollSubscription)
    money = make(ReconcileMoney)
    channels = make(ReconcileChannels)
    sources = providers.List(money, channels)
    reconcile = make(Reconcile, sources=sources)
