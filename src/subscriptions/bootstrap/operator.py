"""The wiring of the operator's command line: use cases over an opened database, without any process running."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from dependency_injector import containers, providers

from subscriptions.application.handlers.explain_access import ExplainAccess
from subscriptions.application.handlers.manage_plans import ManagePlans
from subscriptions.application.handlers.manage_pool import ManagePool
from subscriptions.application.handlers.sync_prices import SyncPrices
from subscriptions.bootstrap.core import CoreContainer
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import CoreSettings, load
from subscriptions.bootstrap.settings.telegram import UserbotSettings
from subscriptions.infrastructure.jobs.admin import JobAdmin
from subscriptions.infrastructure.telegram.session_vault import SessionVault


class OperatorContainer(containers.DeclarativeContainer):
    """Everything the command line calls."""

    core = providers.Container(CoreContainer)

    plans = providers.Singleton(ManagePlans, core.units, core.clock)
    sync_prices = providers.Singleton(SyncPrices, core.units, core.gateways, core.policy.provided.brand)
    pool = providers.Singleton(ManagePool, core.units, core.clock)
    explain_access = providers.Singleton(ExplainAccess, core.units)
    jobs = providers.Singleton(JobAdmin, core.engine)


@asynccontextmanager
async def operator(environ: Mapping[str, str]) -> AsyncIterator[OperatorContainer]:
    """Open what the commands need. Raises SettingsError and InvalidInput naming settings."""
    async with open_core(load(CoreSettings, environ), environ=environ, pool_size=2) as core:
        yield OperatorContainer(core=core)


async def add_account(environ: Mapping[str, str], phone: str, session: str, label: str) -> bool:
    """Put a signed-in account into the pool, its session sealed. False: the phone is there already."""
    settings = load(UserbotSettings, environ)
    vault = SessionVault(settings.session_key.get_secret_value())
    async with operator(environ) as container:
        return await container.pool().add(
            phone,
            vault.seal(session),
            label=label,
            channel_cap=settings.account_cap,
            day_cap=settings.account_day_cap,
            pace=timedelta(seconds=settings.account_pace_s),
        )
