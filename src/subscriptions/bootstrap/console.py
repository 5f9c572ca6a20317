"""Wiring of the web console, which runs in the web process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from dependency_injector import providers

from subscriptions.application.accounts.see_accounts import SeeAccounts
from subscriptions.application.catalog.keep_payment_keys import KeepPaymentKeys
from subscriptions.application.lists.read_lists import ReadLists
from subscriptions.application.posts.keep_upload import KeepUpload
from subscriptions.application.settings.keep_banner import KeepBanner, ReadBanner
from subscriptions.application.team.second_factors import SecondFactors
from subscriptions.application.views.see_story import SeeStory
from subscriptions.bootstrap.core import CoreContainer, settings_of
from subscriptions.bootstrap.desk import DeskContainer
from subscriptions.bootstrap.payment_desk import PaymentDesk
from subscriptions.bootstrap.sealed_settings import BEGINNING, SettingsVault, key_file_of
from subscriptions.bootstrap.settings.core import CoreSettings
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.domain.errors import InvalidInput
from subscriptions.domain.ports.clock import Clock
from subscriptions.domain.ports.telegram_login import TelegramLogin
from subscriptions.infrastructure.database.console_story import SqlStories
from subscriptions.infrastructure.database.engine import Engine, create_engine
from subscriptions.infrastructure.database.setup_state import SqlSetup
from subscriptions.infrastructure.one_time_codes import TotpCodes
from subscriptions.infrastructure.telegram.web_login import OpenIdLogin

_core, _desk = DeskContainer.core, DeskContainer.desk


def _brand(settings: CoreSettings) -> str:
    return settings.brand_name


def _telegram_login(settings: CoreSettings, clock: Clock) -> TelegramLogin | None:
    if not isinstance(settings, WebSettings) or settings.telegram_login_id is None:
        return None
    if settings.telegram_login_secret is None:
        raise InvalidInput("TELEGRAM_LOGIN_SECRET", "is missing but TELEGRAM_LOGIN_ID is set; @BotFather shows both")
    secret = settings.telegram_login_secret.get_secret_value()
    return OpenIdLogin(settings.telegram_login_id, secret, settings.telegram_login_base, clock)


def _payment_desk(engine: Engine, keep: KeepPaymentKeys, settings: CoreSettings) -> PaymentDesk | None:
    beginning = BEGINNING.get()
    if beginning is None or not isinstance(settings, WebSettings):
        return None
    return PaymentDesk(beginning.given, SqlSetup(engine), SettingsVault(key_file_of(beginning.given)), keep, settings)


class ConsoleContainer(DeskContainer):
    """Use cases of the console."""

    make = DeskContainer.make.copy()
    settings = settings_of(_core, WebSettings)

    read_lists = make(ReadLists, lists=DeskContainer.sql_lists)
    second_factors = make(
        SecondFactors,
        one_time_codes=make(TotpCodes),
        seals=DeskContainer.seals,
        issuer=providers.Callable(_brand, _core.settings),
    )
    telegram_login = make(_telegram_login)
    payment_desk = make(_payment_desk, keep=make(KeepPaymentKeys))
    story = make(SeeStory, stories=make(SqlStories))
    accounts = make(SeeAccounts, hides_names=True)
    read_banner = make(ReadBanner)
    keep_banner = make(KeepBanner)
    keep_upload = make(KeepUpload)


CONNECTIONS: Final = 3
"""Number of connections of the console's own database user."""


@asynccontextmanager
async def console_of(core: CoreContainer) -> AsyncIterator[ConsoleContainer]:
    """Open the console inside a process for the duration of the block, with its own database user if one
    is configured.
    """
    settings = core.settings()
    own = settings.console_database_url if isinstance(settings, WebSettings) else None
    # The API uses this container too, even if the console is off.
    if own is None:
        yield ConsoleContainer(core=core)
        return
    engine = create_engine(own.get_secret_value(), pool_size=CONNECTIONS, max_overflow=0, is_pooled=settings.is_pooled)
    desk = CoreContainer(
        settings=settings, engine=engine, clock=core.clock(), gateways=core.gateways(), features=core.features()
    )
    try:
        yield ConsoleContainer(core=desk)
    finally:
        await engine.dispose()
