"""The wiring of reconciliation: its sources are listed here, for the worker and for the command line."""

from dependency_injector import containers, providers

from subscriptions.application.inbox.ask_events import AskEvents
from subscriptions.application.reconciliation.reconcile import Reconcile
from subscriptions.application.reconciliation.reconcile_channels import ReconcileChannels
from subscriptions.application.reconciliation.reconcile_money import ReconcileMoney
from subscriptions.application.subscriptions.ask_subscription import AskSubscription
from subscriptions.bootstrap.core import CoreContainer


class ReconciliationContainer(containers.DeclarativeContainer):
    """What compares our books with others."""

    core = providers.Container(CoreContainer)

    ask_events = providers.Singleton(AskEvents, core.units, core.gateways, core.clock)
    ask_subscription = providers.Singleton(AskSubscription, core.units, core.follow_provider, core.clock)
    money = providers.Singleton(ReconcileMoney, core.units, core.gateways, core.clock, ask_events, ask_subscription)
    channels = providers.Singleton(ReconcileChannels, core.units, core.clock)
    sources = providers.List(money, channels)
    reconcile = providers.Singleton(Reconcile, core.units, core.clock, sources)
