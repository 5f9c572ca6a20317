"""The Bot API over HTTP: `/bot{token}/{method}` and `/file/bot{token}/{path}`."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Final

from fastapi import APIRouter
from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from umbral_sandbox.bot_api.context import Context, Method
from umbral_sandbox.bot_api.errors import (
    BotApiError,
    failed,
    method_not_found,
    not_found,
    too_many_requests,
    unauthorized,
)
from umbral_sandbox.bot_api.files import Files
from umbral_sandbox.bot_api.methods import all_methods
from umbral_sandbox.bot_api.refusals import rendered
from umbral_sandbox.bot_api.request import RawCall, read_call
from umbral_sandbox.bot_api.updates import Updates
from umbral_sandbox.world.faults import FaultDrop, FaultError, FaultFlood, FaultGarbage
from umbral_sandbox.world.telegram.records import Bot
from umbral_sandbox.world.telegram.refusal import Refused
from umbral_sandbox.world.world import World

STAND_IN: Final = "bot_api"
# The CSP keeps an uploaded page from running as a page of the sandbox.
_INERT: Final = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
_GARBAGE: Final = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


class BotApi:
    """Bot API of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.files = Files(world)
        self.updates = Updates(world)
        self._methods = {method.name.lower(): method for method in all_methods()}
        world.wire.known_methods[STAND_IN] = {method.name for method in self._methods.values()}

    def router(self) -> APIRouter:
        """Return the routes; every response is the Bot API's JSON."""
        router = APIRouter()
        router.add_route("/bot{token}/{name}", self._call, ["GET", "POST"])
        router.add_route("/file/bot{token}/{path:path}", self._download, ["GET"])
        router.add_route("/files/{unique_id}/{name}", self._show, ["GET"])
        return router

    def start(self) -> None:
        """Start the senders of webhooks that were set earlier."""
        self.updates.start()

    async def stop(self) -> None:
        """Stop the webhook senders."""
        await self.updates.stop()

    async def _call(self, request: Request) -> Response:
        try:
            bot = self._bot(request.path_params["token"])
            method = self._methods.get(request.path_params["name"].lower())
            if method is None:
                raise method_not_found()
            call = await read_call(request)
            result = await self._answer(request, bot, method, call)
        except BotApiError as error:
            return _refusal(error)
        except FaultDrop:
            return await _cut(request)
        except FaultGarbage:
            return HTMLResponse(_GARBAGE)
        return JSONResponse({"ok": True, "result": result})

    async def _answer(self, request: Request, bot: Bot, method: Method, call: RawCall) -> JsonValue:
        context = Context(self._world, bot, self.files, self.updates, asyncio.Event())
        watching = asyncio.create_task(self._watch(request, context.gone))
        try:
            return await self._run(context, method, call)
        finally:
            watching.cancel()

    async def _watch(self, request: Request, gone: asyncio.Event) -> None:
        """Detect the caller's disconnection, so that a disconnected poller does not block the next one."""
        while (await request.receive())["type"] != "http.disconnect":
            continue
        gone.set()
        self._world.feed.wake()

    async def _run(self, context: Context, method: Method, call: RawCall) -> JsonValue:
        async def act() -> JsonValue:
            try:
                answer = method.perform(context, call.values, call.files)
                return await answer if inspect.isawaitable(answer) else answer
            except Refused as refused:
                raise rendered(refused, method.name) from refused

        try:
            return await self._world.wire.run(
                STAND_IN,
                protocol=STAND_IN,
                who=context.bot.username,
                method=method.name,
                params=call.logged(),
                act=act,
            )
        except FaultFlood as fault:
            raise too_many_requests(fault.seconds) from fault
        except FaultError as fault:
            raise failed(fault.code) from fault

    async def _download(self, request: Request) -> Response:
        try:
            self._bot(request.path_params["token"])
            stored = self.files.by_path(request.path_params["path"])
            if stored is None:
                raise not_found()
        except BotApiError as error:
            return _refusal(error)
        return Response(stored.content(), media_type=stored.mime_type)

    async def _show(self, request: Request) -> Response:
        """Serve a file to the sandbox's page, which has no bot token."""
        stored = self.files.by_unique_id(request.path_params["unique_id"])
        if stored is None or stored.name != request.path_params["name"]:
            return _refusal(not_found())
        return Response(stored.content(), media_type=stored.mime_type, headers=_INERT)

    def _bot(self, token: str) -> Bot:
        head, colon, _ = token.partition(":")
        if not colon or not head.isdecimal() or len(token) > 80:
            raise unauthorized("invalid token specified")
        bot = self._world.telegram.people.by_token(token)
        if bot is None:
            raise unauthorized()
        return bot


def _refusal(error: BotApiError) -> Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else None
    return JSONResponse(error.answer(), status_code=error.code, headers=headers)


async def _cut(request: Request) -> Response:
    abort: Callable[[], None] = request.scope["sandbox.abort"]
    abort()
    # The loop notices the end of the connection in its next turn; nothing may be written before that.
    await asyncio.sleep(0)
    return Response()
