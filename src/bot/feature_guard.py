"""Guard of a feature's router: a failing handler is named, and a failing filter does not keep updates from others."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiogram import BaseMiddleware, Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.types import TelegramObject

from subscriptions.application.feature_failures import contained, named

_HANDLED: Final = "handled_by_feature"

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class _AroundRouter(BaseMiddleware):
    """Router guard that passes an update on to the next router if a filter fails."""

    def __init__(self, feature: str) -> None:
        self._feature = feature

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        seen: list[bool] = []
        try:
            return await handler(event, {**data, _HANDLED: seen})
        except Exception as error:
            if seen:
                raise
            with contained(self._feature, "filter in the chat"):
                raise error
            return UNHANDLED


class _AroundHandler(BaseMiddleware):
    """Middleware that names the feature of a failing handler."""

    def __init__(self, feature: str) -> None:
        self._feature = feature

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        data.pop(_HANDLED, []).append(True)
        with named(self._feature, "handler in the chat"):
            return await handler(event, data)


def guard_router(feature: str, router: Router) -> None:
    """Guard all observers of a feature's router."""
    for observer in router.observers.values():
        observer.outer_middleware(_AroundRouter(feature))
        observer.middleware(_AroundHandler(feature))
