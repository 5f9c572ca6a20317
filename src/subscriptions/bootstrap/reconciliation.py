"""Wiring of reconciliation and its sources, for the worker and the command line."""

from dependency_injector import containers, providers

from subscriptions.application.inbox.ask_events import AskEvents
from subscriptions.application.reconciliation.reconcile import Reconcile
from subscriptions.application.reconciliation.reconcile_channels import ReconcileChannels
from subscriptions.application.reconciliation.reconcile_money import ReconcileMoney
from subscriptions.application.subscriptions.ask_subscription import AskSubscription
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.wiring import nested


class ReconciliationContainer(containers.DeclarativeContainer):
    """Use cases that compare our records with other systems."""

    core = nested(CoreContainer)
    make = wire(core)

    ask_events = make(AskEvents)
    ask_subscription = make(AskSubscription)
    money = make(ReconcileMoney)
    channels = make(ReconcileChannels)
    sources = providers.List(money, channels)
    reconcile = make(Reconcile, sources=sources)
