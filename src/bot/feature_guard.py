"""Error handling around a feature's router. An error of a handler is reported with the feature's name; an error of a
filter does not prevent other routers from receiving the update.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware, Router
from aiogram.dispatcher.event.bases import UNHANDLED, SkipHandler
from aiogram.types import TelegramObject

from subscriptions.application.feature_failures import LONGEST_ANSWER_S, PATIENCE_S, contained, named_call

_FILTERING: Final = "filtering"
"""Key, in the handler's data, of the time limit for the filters. The limit is suspended while a handler runs."""

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class _AroundRouter(BaseMiddleware):
    """Middleware that passes an update on to the next router if a filter of the feature fails or takes too long."""

    def __init__(self, feature: str) -> None:
        self._feature = feature

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        filtering = asyncio.timeout(PATIENCE_S)
        try:
            async with filtering:
                return await handler(event, {**data, _FILTERING: filtering})
        except Exception as error:
            if filtering.when() is None:
                raise
            with contained(self._feature, "filter in the chat"):
                raise error
            return UNHANDLED


class _AroundHandler(BaseMiddleware):
    """Middleware that reports a failing handler with the name of its feature, and cancels a handler that takes too
    long.
    """

    def __init__(self, feature: str) -> None:
        self._feature = feature

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        filtering: asyncio.Timeout = data[_FILTERING]
        filtering.reschedule(None)
        # A handler that skips the update leaves it to other routers; this is not a failure.
        handle = named_call(self._feature, "handler in the chat", handler, LONGEST_ANSWER_S, (SkipHandler,))
        try:
            return await handle(event, data)
        except SkipHandler:
            filtering.reschedule(asyncio.get_running_loop().time() + PATIENCE_S)
            raise


def guard_router(feature: str, router: Router) -> None:
    """Add the two middlewares of this module to all observers of a feature's router."""
    for observer in router.observers.values():
        observer.outer_middleware(_AroundRouter(feature))
        observer.middleware(_AroundHandler(feature))
