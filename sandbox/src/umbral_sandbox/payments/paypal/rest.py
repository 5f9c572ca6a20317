"""PayPal API over HTTP: authentication, validation, replay of a repeated request, and then the operation itself."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import JsonValue

from umbral_sandbox.payments.chassis.calls import (
    Handler,
    Heard,
    Line,
    Route,
    api_router,
    fingerprint,
    media_type_of,
    origin_of,
)
from umbral_sandbox.payments.paypal import tokens
from umbral_sandbox.payments.paypal.account import BASE, PROVIDER, Account, found
from umbral_sandbox.payments.paypal.ask import Ask, Given, Reply, SentFile
from umbral_sandbox.payments.paypal.endpoints import ENDPOINTS, Endpoint
from umbral_sandbox.payments.paypal.errors import OAuthError, PayPalError, invalid
from umbral_sandbox.payments.paypal.faulty import render_fault
from umbral_sandbox.payments.paypal.replaying import check_id, earlier, keep
from umbral_sandbox.payments.paypal.rules import check_query, checked

_GRANT: Final = Route("POST", "/v1/oauth2/token")
_CERTIFICATE: Final = Route("GET", "/v1/notifications/certs/{id}")
_JSON: Final = "application/json"
_MULTIPART: Final = "multipart/form-data"
_MEDIA: Final = {"PATCH": {_JSON, "application/json-patch+json"}, "POST": {_JSON}}


def rest_router(account: Account) -> APIRouter:
    """Return the routes of every endpoint, and the provider's refusal for all other addresses."""

    async def unknown(request: Request) -> Response:
        try:
            # An unauthenticated caller does not learn which addresses exist.
            tokens.check(account, request.headers.get("authorization", ""))
            raise PayPalError("RESOURCE_NOT_FOUND")
        except PayPalError as error:
            return _error(error, account.ids.new("debug"))

    routes = [(_GRANT, _token_handler(account)), (_CERTIFICATE, _certificate_handler(account))]
    routes += [(each, _handler(account, each)) for each in ENDPOINTS]
    return api_router(account.world, PROVIDER, BASE, routes, unknown)


def _line(account: Account, request: Request, debug_id: str) -> Line[OAuthError | PayPalError]:
    def refused(error: OAuthError | PayPalError) -> Response:
        return _error(error, debug_id)

    faulty = partial(render_fault, debug_id)
    return Line(account.world, PROVIDER, request, (OAuthError, PayPalError), refused, faulty)


def _token_handler(account: Account) -> Handler:
    async def handle(request: Request) -> Response:
        debug_id, body = account.ids.new("debug"), (await request.body()).decode("utf-8", "replace")

        def heard() -> Heard[JsonValue]:
            client = tokens.client_of(account, request.headers.get("authorization", ""))
            tokens.check_form(request.headers.get("content-type", ""), body)
            account.record_origin(origin_of(request))
            who, params = f"{client[:6]}…{client[-4:]}", {"grant_type": "client_credentials"}
            return Heard(who, params, lambda: tokens.give(account))

        line = _line(account, request, debug_id)
        return await line.answer(_GRANT.name, heard, lambda given: _response(Reply(200, given), debug_id))

    return handle


def _certificate_handler(account: Account) -> Handler:
    async def handle(request: Request) -> Response:
        line, key = _line(account, request, account.ids.new("debug")), str(request.path_params["id"])
        asked = Heard("anyone", {"id": key}, lambda: found(account.certificates, key))
        return await line.answer(
            _CERTIFICATE.name, lambda: asked, lambda it: Response(it.pem, media_type="application/x-pem-file")
        )

    return handle


def _handler(account: Account, endpoint: Endpoint) -> Handler:
    async def handle(request: Request) -> Response:
        debug_id = account.ids.new("debug")
        body = (await request.body()).decode("utf-8", "replace")
        files: tuple[SentFile, ...] = ()
        if endpoint.files and media_type_of(request) == _MULTIPART:
            body, files = await _parts(request)
        call = _Call(account, endpoint, request, body, files)

        def heard() -> Heard[Reply]:
            who, body = call.authenticate(), call.parsed()
            account.record_origin(origin_of(request))
            return Heard(who, call.shown(body), lambda: call.act(body))

        line = _line(account, request, debug_id)
        return await line.answer(endpoint.name, heard, lambda reply: _response(reply, debug_id))

    return handle


async def _parts(request: Request) -> tuple[str, tuple[SentFile, ...]]:
    """Read a multipart form. Return its member `input`, which is the JSON, and its files."""
    text, files = "", list[SentFile]()
    async with request.form() as form:
        for name, value in form.multi_items():
            content = value.encode() if isinstance(value, str) else await value.read()
            if name == "input":
                text = content.decode("utf-8", "replace")
            elif not isinstance(value, str):
                files.append(SentFile(value.filename or "", len(content), hashlib.sha256(content).hexdigest()))
    return text, tuple(files)


@dataclass(frozen=True)
class _Call:
    """Request that is being answered."""

    account: Account
    endpoint: Endpoint
    request: Request
    body: str
    files: tuple[SentFile, ...] = ()

    def authenticate(self) -> str:
        """Return the name of the caller, without the secret. Raises an error for an unknown or expired access token."""
        return tokens.check(self.account, self.request.headers.get("authorization", ""))

    def parsed(self) -> JsonValue:
        """Return the body parsed as JSON; an empty body is an empty object."""
        if self.request.method not in _MEDIA:
            return {}
        taken = _MEDIA[self.request.method] | ({_MULTIPART} if self.endpoint.files else set())
        if media_type_of(self.request) not in taken:
            raise PayPalError("UNSUPPORTED_MEDIA_TYPE")
        try:
            read: JsonValue = json.loads(self.body) if self.body else {}
        except ValueError as error:
            raise invalid("MALFORMED_REQUEST_JSON", "The request JSON is not well formed.", "/") from error
        return read

    def shown(self, body: JsonValue) -> dict[str, JsonValue]:
        """Return the parameters for the log of calls."""
        query: dict[str, JsonValue] = dict(self.request.query_params)
        named: dict[str, JsonValue] = dict(self.request.path_params)
        files: dict[str, JsonValue] = {"files": [asdict(file) for file in self.files]} if self.files else {}
        return named | query | (body if isinstance(body, dict) else {"patch": body}) | files

    def act(self, body: JsonValue) -> Reply:
        """Check the request, then perform the request or repeat its earlier response."""
        key = self.request.headers.get("paypal-request-id") if self.endpoint.replays else None
        check_id(key)
        check_query(self.request.query_params, self.endpoint.query)
        checked(self.endpoint.rule, body)
        ask = self._ask(body)
        if key is None:
            return self.endpoint.act(self.account, ask)
        request_key, mark = f"{self.request.url.path} {key}", fingerprint(body)
        kept = earlier(self.account, request_key, mark)
        if kept is not None:
            return self._again(ask, kept)
        reply = self.endpoint.act(self.account, ask)
        keep(self.account, request_key, mark, reply)
        return reply

    def _again(self, ask: Ask, kept: Reply) -> Reply:
        if self.endpoint.again is None or not isinstance(kept.body, dict):
            return kept
        return self.endpoint.again(self.account, replace(ask, id=str(kept.body["id"])))

    def _ask(self, body: JsonValue) -> Ask:
        prefer = self.request.headers.get("prefer", "return=minimal").replace(" ", "").lower()
        if prefer not in {"return=minimal", "return=representation"}:
            raise invalid("INVALID_PARAMETER_VALUE", "The value of a field is invalid.", "Prefer", "header")
        items = tuple(Given(each) for each in body if isinstance(each, dict)) if isinstance(body, list) else ()
        return Ask(
            Given(body if isinstance(body, dict) else {}),
            self.request.path_params.get("id", ""),
            origin_of(self.request),
            self.request.query_params,
            prefer == "return=representation",
            self.body,
            items,
            self.files,
        )


def _error(error: OAuthError | PayPalError, debug_id: str) -> Response:
    body = error.body() if isinstance(error, OAuthError) else error.body(debug_id)
    return _response(Reply(error.status, body), debug_id)


def _response(reply: Reply, debug_id: str) -> Response:
    headers = {"Paypal-Debug-Id": debug_id}
    if reply.body is None:
        return Response(status_code=reply.status, headers=headers)
    text = json.dumps(reply.body, separators=(",", ":"), ensure_ascii=False)
    return Response(text, reply.status, headers, "application/json;charset=utf-8")
