"""The door through which the operator's core hands over picks."""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, HttpUrl, StringConstraints, ValidationError

from subscriptions.application.handlers.browse_plans import PlanUnavailable
from subscriptions.application.handlers.picks import AcceptPick, PickConflict, UnknownPick
from subscriptions.domain.entities.pick import Pick, PickButton, PickContent
from subscriptions.domain.errors import InvalidInput, RetryLater, UmbralError
from web.body import BodyTooLarge, read_body

BODY_LIMIT = 64 * 1024
KEY_LIMIT = 200

Act = Callable[[Any], Awaitable[Pick]]
"""What to do with the parsed body."""

_REFUSALS: Mapping[type[Exception], tuple[int, str]] = {
    BodyTooLarge: (413, f"at most {BODY_LIMIT} bytes"),
    PlanUnavailable: (404, "there is no such plan"),
    PickConflict: (409, "this Idempotency-Key came with another pick"),
    UnknownPick: (404, "no pick has this key"),
    RetryLater: (503, "try again"),
}


class ButtonIn(BaseModel):
    """A link under the pick."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    url: HttpUrl


class PickIn(BaseModel):
    """A pick as it is handed over. text: up to 4096 characters, 1024 with a photo."""

    model_config = ConfigDict(extra="forbid")
    plan: str
    text: str
    photo_url: HttpUrl | None = None
    buttons: list[list[ButtonIn]] = []

    def content(self) -> PickContent:
        """In the domain's words. Raises InvalidInput for a text of the wrong length."""
        return PickContent(
            text=self.text,
            photo_url=str(self.photo_url) if self.photo_url else None,
            buttons=tuple(tuple(PickButton(item.text, str(item.url)) for item in row) for row in self.buttons),
        )


class PickEdit(PickIn):
    """What a pick says from now on; its plan cannot change."""

    plan: str = ""


def picks_router(picks: AcceptPick, api_key: str | None) -> APIRouter:
    """Without a key in the settings the door stays shut: every request is 401."""
    router = APIRouter(prefix="/api/picks")

    @router.post("", status_code=202)
    async def accept(request: Request) -> JSONResponse:
        if not _authorized(request, api_key):
            return _error(401, "send Authorization: Bearer with the picks key")
        key = request.headers.get("idempotency-key", "").strip()
        if not key or len(key) > KEY_LIMIT:
            return _error(400, f"send an Idempotency-Key of 1 to {KEY_LIMIT} characters")
        return await _answer(request, PickIn, lambda body: picks(key, body.plan, body.content()), 202)

    @router.put("/{key}")
    async def edit(key: str, request: Request) -> JSONResponse:
        if not _authorized(request, api_key):
            return _error(401, "send Authorization: Bearer with the picks key")
        return await _answer(request, PickEdit, lambda body: picks.edit(key, body.content()), 200)

    @router.delete("/{key}")
    async def withdraw(key: str, request: Request) -> JSONResponse:
        if not _authorized(request, api_key):
            return _error(401, "send Authorization: Bearer with the picks key")
        try:
            return _picked(await picks.withdraw(key), 200)
        except UnknownPick:
            return _error(404, "no pick has this key")

    return router


def _authorized(request: Request, api_key: str | None) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if not api_key or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode(), api_key.encode())


async def _answer(request: Request, model: type[PickIn], act: Act, status: int) -> JSONResponse:
    try:
        body = model.model_validate_json(await read_body(request, BODY_LIMIT))
        return _picked(await act(body), status)
    except (BodyTooLarge, ValidationError, UmbralError) as error:
        return _refused(error)


def _refused(error: Exception) -> JSONResponse:
    if isinstance(error, ValidationError):
        return _error(422, _first_fault(error))
    if isinstance(error, InvalidInput):
        return _error(422, str(error))
    for kind, (status, why) in _REFUSALS.items():
        if isinstance(error, kind):
            return _error(status, why)
    raise error


def _first_fault(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return f"{where}: {first['msg']}"


def _picked(pick: Pick, status: int) -> JSONResponse:
    return JSONResponse({"id": str(pick.id)}, status_code=status)


def _error(status: int, why: str) -> JSONResponse:
    return JSONResponse({"error": why}, status_code=status)
