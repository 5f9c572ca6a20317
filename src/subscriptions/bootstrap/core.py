"""Wiring shared by all processes."""

import socket
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from dependency_injector import containers, providers

from subscriptions.application import routing
from subscriptions.application.access.join_desk import JoinDesk
from subscriptions.application.access.removal import Removal
from subscriptions.application.alarms.report_failures import ReportFailures
from subscriptions.application.alarms.watch_arrears import WatchArrears
from subscriptions.application.alarms.watch_clock import WatchClock
from subscriptions.application.catalog.browse_plans import BrowsePlans
from subscriptions.application.catalog.check_webhooks import CheckWebhooks
from subscriptions.application.catalog.plan_catalog import PlanCatalog
from subscriptions.application.catalog.pricing_service import PricingService
from subscriptions.application.catalog.watch_gateways import WatchGateways
from subscriptions.application.dto.policy import Policy
from subscriptions.application.features import StateOf
from subscriptions.application.people.customers import MeetCustomer
from subscriptions.application.people.staff_desk import StaffDesk
from subscriptions.application.people.watch_restore import WatchRestore
from subscriptions.application.settings.refresh_settings import RefreshSettings
from subscriptions.application.settings.switch_feature import SwitchFeature
from subscriptions.application.subscriptions.sync_from_provider import SyncFromProvider
from subscriptions.application.subscriptions.sync_plan import SyncPlan
from subscriptions.application.texts.refresh_texts import RefreshTexts
from subscriptions.bootstrap.entry_steps import has_entry_steps
from subscriptions.bootstrap.feature_states import ReadStates, RunningStates
from subscriptions.bootstrap.features import installed
from subscriptions.bootstrap.keyed import trial_marks
from subscriptions.bootstrap.repositories import REPOSITORIES
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings_in_force import SettingsInForce
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.bootstrap.wiring import Wiring
from subscriptions.domain.events import DomainEvent
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.job_queue import Job
from subscriptions.domain.ports.payment_gateway import GatewayRegistry
from subscriptions.domain.ports.repositories.inbox import Deliveries
from subscriptions.domain.ports.setting_catalog import SettingCatalog
from subscriptions.domain.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from subscriptions.infrastructure.clock_witness import clock_witness
from subscriptions.infrastructure.database.arrears import Arrears
from subscriptions.infrastructure.database.deliveries import SqlDeliveries
from subscriptions.infrastructure.database.engine import Engine
from subscriptions.infrastructure.database.features import SqlFeatureBooks
from subscriptions.infrastructure.database.leases import Leases
from subscriptions.infrastructure.database.publication import publish_by
from subscriptions.infrastructure.database.tallies import Tallies
from subscriptions.infrastructure.database.unit_of_work import SqlUnitOfWork
from subscriptions.infrastructure.database.unreadable import UnreadableRows
from subscriptions.infrastructure.jobs.returning import RestoreMark

S = TypeVar("S", bound=CoreSettings)


def _policy(settings: CoreSettings, states: Callable[[], RunningStates]) -> Policy:
    settings.policy.use_features(has_entry_steps(states))
    return settings.policy


def _units(
    open_unit: Callable[..., SqlUnitOfWork], policy: Policy, clock: Clock, states: Callable[[], RunningStates]
) -> Callable[[], UnitOfWork]:
    rows, publish = UnreadableRows(clock), publish_by(lambda: states().now.names_loaded)
    publication = (routing.webhook_event_of, publish, clock)
    return lambda: open_unit(default_grace=policy.grace, publication=publication, unreadable_rows=rows)


def _route(states: Callable[[], RunningStates]) -> Callable[[DomainEvent], Sequence[Job]]:
    """Return a function that maps an event to jobs, using the features loaded in this process."""
    return lambda event: routing.jobs_for(event, states().now.names_loaded)


class CoreContainer(containers.DeclarativeContainer):
    """Dependency injection container of the objects that all processes need. Resources that must be opened
    asynchronously are passed in (see `process.open_core`), so that no provider is asynchronous.
    """

    settings = providers.Dependency(instance_of=CoreSettings)
    engine: providers.Dependency[Engine] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()

    features: providers.Dependency[RunningStates] = providers.Dependency(instance_of=RunningStates)
    policy = providers.Singleton(_policy, settings, features.provider)
    route = providers.Singleton(_route, features.provider)
    units = providers.Singleton(
        _units,
        providers.Factory(SqlUnitOfWork, engine=engine, route=route, repositories=REPOSITORIES).provider,
        policy,
        clock,
        features.provider,
    )
    deliveries = providers.Singleton(SqlDeliveries, engine, route)
    gateways: providers.Dependency[GatewayRegistry] = providers.Dependency()
    leases = providers.Singleton(Leases, engine)
    witness = providers.Singleton(clock_witness, settings.provided.clock_witness)
    watch_clock = providers.Singleton(WatchClock, units, clock, witness, socket.gethostname())
    restore_mark = providers.Singleton(RestoreMark, engine)
    watch_restore = providers.Singleton(WatchRestore, units, clock, restore_mark.provided.elsewhere)
    arrears = providers.Singleton(Arrears, engine)
    tallies = providers.Singleton(Tallies, engine)
    watch_arrears = providers.Singleton(WatchArrears, units, clock, arrears)
    check_webhooks = providers.Singleton(CheckWebhooks, units, gateways, clock, policy.provided.base_url)
    settings_in_force = providers.Singleton(SettingsInForce, settings)
    refresh_settings = providers.Singleton(RefreshSettings, units, settings_in_force)
    installed = providers.Callable(installed)
    feature_books = providers.Singleton(SqlFeatureBooks, engine)
    read_states = providers.Singleton(ReadStates, installed, units, feature_books, settings.provided.value_in_force)
    report_failures = providers.Singleton(ReportFailures, units, clock)
    restart: providers.Dependency[Callable[[], None]] = providers.Dependency()
    switch_feature = providers.Singleton(
        SwitchFeature, units, clock, installed.provided.features, read_states, installed.provided.broken
    )
    refresh_texts = providers.Singleton(RefreshTexts, units, providers.Object(TEXTS))
    watch_gateways = providers.Singleton(WatchGateways, units, gateways, clock)

    staff_desk = providers.Singleton(StaffDesk, units, clock)
    plan_catalog = providers.Singleton(PlanCatalog, units)
    pricing_service = providers.Singleton(PricingService, units, staff_desk, clock, plan_catalog)
    browse_plans = providers.Singleton(
        BrowsePlans, units, gateways, clock, policy.provided.zones.home, plan_catalog, policy.provided.promises
    )
    meet_customer = providers.Singleton(MeetCustomer, units, clock, providers.Singleton(trial_marks, settings))
    sync_plan = providers.Singleton(SyncPlan, policy)
    sync_from_provider = providers.Singleton(SyncFromProvider, units, gateways, clock, policy)
    removal = providers.Singleton(Removal, units, clock, policy)
    join_desk = providers.Singleton(JoinDesk, units, clock)


def settings_of(core: CoreContainer, kind: type[S]) -> providers.Provider[S]:
    """Return the settings provider, typed as the settings of the process that the container belongs to.

    A process opens its core with settings of its own class (see `process.open_core`).
    """
    return cast(providers.Provider[S], core.settings)


def wire(
    core: CoreContainer,
    *settings: type[CoreSettings],
    kind: type[providers.Singleton[Any]] = providers.Singleton,
) -> Wiring:
    """Create the wiring of a container that extends the core: it maps types to providers, by which dependencies are
    injected.

    settings: settings classes that the container's use cases may request, besides CoreSettings
    kind: class of the created providers
    """
    home = core.policy.provided.zones.home
    return Wiring(
        {
            **dict.fromkeys((CoreSettings, *settings), core.settings),
            BrowsePlans: core.browse_plans,
            Clock: core.clock,
            Deliveries: core.deliveries,
            Removal: core.removal,
            Engine: core.engine,
            SyncFromProvider: core.sync_from_provider,
            GatewayRegistry: core.gateways,
            JoinDesk: core.join_desk,
            PlanCatalog: core.plan_catalog,
            Policy: core.policy,
            SettingCatalog: core.settings_in_force,
            StaffDesk: core.staff_desk,
            StateOf: core.features.provided.state_of,
            UnitOfWorkFactory: core.units,
            ZoneInfo: home,
            tzinfo: home,
        },
        kind,
    )
