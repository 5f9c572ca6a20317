"""Sign-in of userbot accounts from the command line."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from subscriptions.application.accounts.login_account import LoginAccount
from subscriptions.application.accounts.manage_pool import AccountTerms, Admission, Outcome
from subscriptions.application.dto.jobs import account_job_name
from subscriptions.bootstrap.process import open_core
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import UserbotSettings
from subscriptions.bootstrap.userbot import session_vault, telegram_app
from subscriptions.infrastructure.database.errors import name_setting
from subscriptions.infrastructure.jobs.admin import JobAdmin
from subscriptions.infrastructure.telegram.login import TelethonLogin

ALL: Final = 10_000


@dataclass(frozen=True)
class LoginDesk:
    """Sign-in of a userbot account, one step at a time. The last step also requeues the jobs that failed because the
    account was signed out.
    """

    login_account: LoginAccount
    jobs: JobAdmin

    async def finish(self, phone: str, label: str | None) -> Admission:
        """Complete the sign-in. If the account was in the pool before, requeue its failed jobs.

        phone: phone number of the account
        label: display name of the account; None keeps the current one, which is empty for a new account
        """
        admission = await self.login_account.finish(phone, label)
        if admission.outcome is not Outcome.ADDED:
            name = account_job_name(admission.account_id)
            await self.jobs.requeue([job.id for job in await self.jobs.list("failed", ALL) if job.name == name])
        return admission


@asynccontextmanager
async def login_desk(environ: Mapping[str, str]) -> AsyncIterator[LoginDesk]:
    """Open the sign-in of userbot accounts for the duration of the block, with the database and the Telegram API
    application (api_id and api_hash) of the settings.

    Raises SettingsError, InvalidInput naming a setting, and DatabaseUnavailable naming DATABASE_URL.
    """
    settings = load(UserbotSettings, environ)
    app, vault = telegram_app(settings), session_vault(settings)
    terms = AccountTerms(
        channel_cap=settings.account_cap,
        day_cap=settings.account_day_cap,
        pace=timedelta(seconds=settings.account_pace_s),
    )
    with name_setting("DATABASE_URL"):
        async with open_core(settings, environ=environ, sells=False) as core:
            login_account = LoginAccount(core.units(), TelethonLogin(app), vault, core.clock(), terms)
            yield LoginDesk(login_account, JobAdmin(core.engine()))
