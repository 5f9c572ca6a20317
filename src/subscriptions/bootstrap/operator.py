"""Wiring of the operator's command line. Its use cases need only the database; the other processes
need not be running.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from dependency_injector import containers, providers
from pydantic import SecretStr

from subscriptions.application.access.grant_access import GrantAccess
from subscriptions.application.access.renew_invite import RenewInvite
from subscriptions.application.accounts.manage_pool import ManagePool
from subscriptions.application.catalog.manage_plans import ManagePlans
from subscriptions.application.catalog.plan_files import ComparePlans, ExportPlans
from subscriptions.application.catalog.sync_prices import SyncPrices
from subscriptions.application.expiry.erase_person import ErasePerson
from subscriptions.application.expiry.preview_bulk_expiry import PreviewBulkExpiry
from subscriptions.application.lists.read_lists import ReadLists
from subscriptions.application.payments.issue_receipts import CompleteReceipts, IssueReceipts
from subscriptions.application.payments.receipt_lines import ListReceipts
from subscriptions.application.payments.tax_report import MakeTaxReport
from subscriptions.application.people.export_person import ExportPerson
from subscriptions.application.texts.list_texts import ListTexts
from subscriptions.application.views.explain_access import ExplainAccess
from subscriptions.bootstrap.core import CoreContainer, wire
from subscriptions.bootstrap.keyed import trial_marks
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.receipt_followers import receipt_followers
from subscriptions.bootstrap.reconciliation import ReconciliationContainer
from subscriptions.bootstrap.seals import webhook_seals
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.operator import OperatorSettings, RekeySettings
from subscriptions.bootstrap.settings.telegram import UserbotSettings
from subscriptions.bootstrap.staff_commands import run_command
from subscriptions.bootstrap.texts import TEXTS
from subscriptions.bootstrap.wiring import nested
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.unit_of_work import UnitOfWorkFactory
from subscriptions.domain.services.code_seal import KEYLESS
from subscriptions.infrastructure.database.console_lists import SqlLists
from subscriptions.infrastructure.database.errors import explain_errors, name_setting
from subscriptions.infrastructure.jobs.admin import JobAdmin, JobView
from subscriptions.infrastructure.telegram.session_vault import SessionVault

__all__ = ["ACCOUNT_LEASE", "JobView", "OperatorContainer", "add_account", "operator", "reseal_sessions"]

ACCOUNT_LEASE: Final = "account:"
"""Prefix of the name of an account's lease; the account id follows."""


class OperatorContainer(containers.DeclarativeContainer):
    """Dependency injection container with the use cases of the command line."""

    core = nested(CoreContainer)
    make = wire(core)
    units: providers.Provider[UnitOfWorkFactory] = core.units

    plans = make(ManagePlans)
    read_lists = make(ReadLists, lists=make(SqlLists))
    export_plans = make(ExportPlans)
    compare_plans = make(ComparePlans, promises=core.policy.provided.promises)
    sync_prices = make(SyncPrices, brand=core.policy.provided.brand)
    pool = make(ManagePool)
    preview_bulk_expiry = make(PreviewBulkExpiry)
    export_person = make(ExportPerson)
    grant_access = make(GrantAccess)
    erase_person = make(ErasePerson, trial_marks=make(trial_marks))
    renew_invite = make(RenewInvite)
    seals = make(webhook_seals)
    run_command = make(run_command, seal=providers.Object(KEYLESS))
    list_texts = make(ListTexts, catalog=providers.Object(TEXTS), vertical=core.settings.provided.vertical)
    explain_access = make(ExplainAccess, clock=core.clock)
    list_receipts = make(ListReceipts)
    make_tax_report = make(MakeTaxReport)
    followers = make(receipt_followers, core=core)
    issue_receipts = make(IssueReceipts)
    complete_receipts = make(CompleteReceipts)
    reconciliation = nested(ReconciliationContainer, core=core)
    jobs = make(JobAdmin)


@asynccontextmanager
async def operator(environ: Mapping[str, str]) -> AsyncIterator[OperatorContainer]:
    """Open the container of the command line for one command.

    Raises SettingsError and InvalidInput naming a setting. If the database is not usable, the error has a one-sentence
    explanation (see `explain_errors`).
    """
    with name_setting("DATABASE_URL"), explain_errors():
        async with open_core(load(OperatorSettings, environ), environ=environ) as core:
            yield OperatorContainer(core=core)


async def reseal_sessions(environ: Mapping[str, str]) -> int:
    """Re-encrypt all sessions with SESSION_KEY instead of OLD_SESSION_KEY. Return the number of changed sessions.

    Raises SettingsError, and InvalidInput while a userbot process is running, because that process could no longer
    decrypt the sessions.
    """
    settings = load(RekeySettings, environ)
    new = _vault("SESSION_KEY", settings.session_key)
    old = _vault("OLD_SESSION_KEY", settings.old_session_key) if settings.old_session_key else None
    async with operator(environ) as container:
        holders = await container.core.leases().holders(ACCOUNT_LEASE)
        if holders:
            raise InvalidInput("accounts", f"{', '.join(sorted(holders))} are held: stop the userbot processes first")
        return await container.pool().reseal(old, new)


def _vault(name: str, key: SecretStr) -> SessionVault:
    try:
        return SessionVault(key.get_secret_value())
    except InvalidInput as error:
        raise InvalidInput(name, error.problem) from error


async def add_account(environ: Mapping[str, str], phone: str, session: str, label: str) -> bool:
    """Add a signed-in account to the pool and store its session encrypted. Return False if the phone number is already
    in the pool.
    """
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
