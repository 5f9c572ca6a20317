"""Assembly of the simulators over one world: one application and its background tasks."""

from dataclasses import dataclass

from fastapi import FastAPI

from umbral_sandbox.bot_api.routes import BotApi
from umbral_sandbox.control import control_app
from umbral_sandbox.control.access import Room
from umbral_sandbox.control.setup import Sessions
from umbral_sandbox.football_data import football_data_router
from umbral_sandbox.mtproto import make_session_string
from umbral_sandbox.page import page_router
from umbral_sandbox.payments.registry import Payments, payments_of
from umbral_sandbox.tax_office import TaxOffice
from umbral_sandbox.telegram_login import telegram_login_router
from umbral_sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class Assembly:
    """Application, and the parts that start and stop with it."""

    app: FastAPI
    bot_api: BotApi
    payments: Payments

    async def start(self) -> None:
        """Start the senders of provider webhooks and of Bot API webhooks."""
        await self.payments.start()
        self.bot_api.start()

    async def stop(self) -> None:
        """Stop the webhook senders."""
        await self.bot_api.stop()
        await self.payments.stop()


def assembled(world: World, mtproto: tuple[str, int], *, demo: bool) -> Assembly:
    """Assemble all simulators over `world`; `mtproto` is the host and port of the data centre."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    bot_api, payments = BotApi(world), payments_of(world)
    sessions = Sessions(world, lambda of, account: make_session_string(of, account, *mtproto))
    app.mount("/control", control_app(Room(world, demo, sessions.of)))
    tax_office = TaxOffice(world).router()
    others = (football_data_router(world), telegram_login_router(world), tax_office)
    for router in (bot_api.router(), *others, *payments.routers(), page_router()):
        # The routes are extended rather than included: including would rebuild each route, the slowest part of
        # assembly.
        app.router.routes.extend(router.routes)
    return Assembly(app, bot_api, payments)
