"""Servers of the web process while the shop is being set up."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import structlog

from subscriptions.bootstrap.sealed_settings import SettingsVault, is_given, key_file_of, setup_of
from subscriptions.bootstrap.settings.core import load
from subscriptions.bootstrap.settings.telegram import is_loopback
from subscriptions.bootstrap.settings.web import WebSettings
from subscriptions.bootstrap.setup_page import SetupDesk
from subscriptions.domain.errors import RetryLater
from web.addresses import OWN_NETWORKS, Proxies
from web.connections import ConnectionLimiter
from web.http_protocol import server_config
from web.serving import OPERATORS, Server, serve_all
from web.setup.app import create_setup_app, create_waiting_ops_app

log = structlog.get_logger(__name__)

CONSOLE_LOGIN: Final = "CONSOLE_DATABASE_URL"
LOOK_S: Final = 5.0
"""Interval in seconds between checks whether the setup's one-time code has to be renewed."""


async def serve_setup(environ: Mapping[str, str], stop: asyncio.Event) -> None:
    """Serve the setup page until `stop` is set. If the site uses HTTP and is not on this machine, no page is served,
    because the owner enters secrets.
    """
    settings = load(WebSettings, environ)
    if not settings.web_base_url.startswith("https://") and not is_loopback(settings.web_base_url):
        log.warning("no setup page: WEB_BASE_URL must begin with https://, because secrets are entered there")
        await stop.wait()
        return
    # The console's database user may create plans and store answers; that of the web process may only read them.
    login = CONSOLE_LOGIN if is_given(environ, CONSOLE_LOGIN) else "DATABASE_URL"
    async with setup_of(environ, login) as setup:
        desk = SetupDesk(with_login(environ, login), setup, SettingsVault(key_file_of(environ)))
        task = asyncio.create_task(_keep_code(desk))
        try:
            await serve_all(_servers(desk, settings), stop)
        finally:
            task.cancel()


def with_login(environ: Mapping[str, str], login: str) -> dict[str, str]:
    """Return the environment with DATABASE_URL set to the database URL in the setting `login`."""
    rest = {name: value for name, value in environ.items() if name not in {"DATABASE_URL", "DATABASE_URL_FILE"}}
    variable = login if environ.get(login, "").strip() else f"{login}_FILE"
    return {**rest, variable.replace(login, "DATABASE_URL"): environ[variable]}


def _servers(desk: SetupDesk, settings: WebSettings) -> tuple[Server, Server]:
    limiter = ConnectionLimiter(
        Proxies(settings.proxies or OWN_NETWORKS, settings.proxy_hops), settings.address_connections
    )
    own = ConnectionLimiter(Proxies(), OPERATORS, OPERATORS)
    return (
        Server(server_config(create_setup_app(desk, settings), limiter, host=settings.host, port=settings.port)),
        Server(server_config(create_waiting_ops_app(), own, host=settings.ops_host, port=settings.ops_port)),
    )


async def _keep_code(desk: SetupDesk) -> None:
    while True:
        with suppress(RetryLater):
            if await desk.is_open():
                await desk.renew_code()
        await asyncio.sleep(LOOK_S)
