"""Puts the stand-ins together over one world: one application, and what runs beside it."""

from dataclasses import dataclass

from fastapi import FastAPI

from sandbox.bot_api.routes import BotApi
from sandbox.page import page_router
from sandbox.world.world import World


@dataclass(frozen=True, slots=True)
class Assembly:
    """The application, and the parts that start and stop with it."""

    app: FastAPI
    bot_api: BotApi

    async def start(self) -> None:
        """Begins what happens by itself."""
        self.bot_api.start()

    async def stop(self) -> None:
        """Ends it again."""
        await self.bot_api.stop()


def assembled(world: World, url: str, mtproto: tuple[str, int], *, demo: bool) -> Assembly:
    """All stand-ins over `world`, answering under `url`; `mtproto` is where the data centre listens."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    bot_api = BotApi(world)
    app.include_router(bot_api.router())
    app.include_router(page_router())
    return Assembly(app, bot_api)
