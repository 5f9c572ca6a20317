"""Context of a running method, and the registration of methods."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue

from umbral_sandbox.bot_api.files import Files
from umbral_sandbox.bot_api.parameters.base import Parameters, Upload
from umbral_sandbox.bot_api.parameters.check import check
from umbral_sandbox.bot_api.updates import Updates
from umbral_sandbox.world.telegram.records import Bot
from umbral_sandbox.world.world import World

P = TypeVar("P", bound=Parameters)
Answer = JsonValue | Awaitable[JsonValue]


@dataclass(frozen=True, slots=True)
class Context:
    """Context of one call. When the caller disconnects, `gone` is set, and the update feed is woken."""

    world: World
    bot: Bot
    files: Files
    updates: Updates
    gone: asyncio.Event


@dataclass(frozen=True, slots=True)
class Method:
    """Bot API method and its name; `perform` checks the parameters and then executes the method."""

    name: str
    parameters: type[Parameters]
    perform: Callable[[Context, Mapping[str, object], Mapping[str, Upload]], Answer]


def method(name: str, parameters: type[P], act: Callable[[Context, P], Answer]) -> Method:
    """Build the method `name`, which validates `parameters` and runs `act`."""

    def perform(context: Context, values: Mapping[str, object], files: Mapping[str, Upload]) -> Answer:
        return act(context, check(parameters, values, files))

    return Method(name, parameters, perform)
