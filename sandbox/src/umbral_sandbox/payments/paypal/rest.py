"""The API over HTTP: who asks, whether it is well said, whether it was said before; then the call itself."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

from fastapi import APIRouter, Request, Response
from pydantic import JsonValue

from umbral_sandbox.payments.paypal import tokens
from umbral_sandbox.payments.paypal.account import BASE, PROVIDER, Account, found
from umbral_sandbox.payments.paypal.ask import Ask, Given, Reply
from umbral_sandbox.payments.paypal.endpoints import ENDPOINTS, Endpoint
from umbral_sandbox.payments.paypal.errors import OAuthError, PayPalError, invalid
from umbral_sandbox.payments.paypal.faulty import render_fault
from umbral_sandbox.payments.paypal.replaying import check_id, earlier, fingerprint, keep
from umbral_sandbox.payments.paypal.rules import check_query, checked
from umbral_sandbox.world.faults import WireFault

_GRANT_PATH: Final = "/v1/oauth2/token"
_GRANT: Final = f"POST {_GRANT_PATH}"
_CERTIFICATE_PATH: Final = "/v1/notifications/certs/{id}"
_CERTIFICATE: Final = f"GET {_CERTIFICATE_PATH}"
_JSON: Final = "application/json"
_MEDIA: Final = {"PATCH": {_JSON, "application/json-patch+json"}, "POST": {_JSON}}


def rest_router(account: Account) -> APIRouter:
    """Every endpoint, and the provider's refusal for all other addresses."""
    router = APIRouter(prefix=BASE, include_in_schema=False)
    account.world.wire.known_methods[PROVIDER] = {_GRANT, _CERTIFICATE, *(each.name for each in ENDPOINTS)}
    router.add_api_route(_GRANT_PATH, _token_handler(account), methods=["POST"])
    router.add_api_route(_CERTIFICATE_PATH, _certificate_handler(account), methods=["GET"])
    for endpoint in ENDPOINTS:
        router.add_api_route(endpoint.path, _handler(account, endpoint), methods=[endpoint.method])

    async def unknown(request: Request) -> Response:
        error = PayPalError("RESOURCE_NOT_FOUND")
        return _error(error, account.ids.new("debug"))

    router.add_api_route("/{rest:path}", unknown, methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    return router


def _token_handler(account: Account) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        debug_id, body = account.ids.new("debug"), (await request.body()).decode("utf-8", "replace")
        try:
            client = tokens.client_of(account, request.headers.get("authorization", ""))
            tokens.check_form(request.headers.get("content-type", ""), body)
            account.heard_at(_origin(request))
            given = await account.world.wire.run(
                PROVIDER,
                protocol=PROVIDER,
                who=f"{client[:6]}…{client[-4:]}",
                method=_GRANT,
                params={"grant_type": "client_credentials"},
                act=lambda: tokens.give(account),
            )
        except (OAuthError, PayPalError) as error:
            return _error(error, debug_id)
        except WireFault as fault:
            return await render_fault(fault, request, debug_id)
        return _response(Reply(200, given), debug_id)

    return handle


def _certificate_handler(account: Account) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        debug_id, key = account.ids.new("debug"), str(request.path_params["id"])
        try:
            certificate = await account.world.wire.run(
                PROVIDER,
                protocol=PROVIDER,
                who="anyone",
                method=_CERTIFICATE,
                params={"id": key},
                act=lambda: found(account.certificates, key),
            )
        except PayPalError as error:
            return _error(error, debug_id)
        except WireFault as fault:
            return await render_fault(fault, request, debug_id)
        return Response(certificate.pem, media_type="application/x-pem-file")

    return handle


def _handler(account: Account, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        debug_id = account.ids.new("debug")
        call = _Call(account, endpoint, request, (await request.body()).decode("utf-8", "replace"))
        try:
            who, body = call.authenticate(), call.parsed()
            account.heard_at(_origin(request))
            reply = await account.world.wire.run(
                PROVIDER,
                protocol=PROVIDER,
                who=who,
                method=endpoint.name,
                params=call.shown(body),
                act=lambda: call.act(body),
            )
        except (OAuthError, PayPalError) as error:
            return _error(error, debug_id)
        except WireFault as fault:
            return await render_fault(fault, request, debug_id)
        return _response(reply, debug_id)

    return handle


def _origin(request: Request) -> str:
    return str(request.base_url).rstrip("/")


@dataclass(frozen=True)
class _Call:
    """One request being answered."""

    account: Account
    endpoint: Endpoint
    request: Request
    body: str

    def authenticate(self) -> str:
        """Who asks, without the secret."""
        return tokens.check(self.account, self.request.headers.get("authorization", ""))

    def parsed(self) -> JsonValue:
        """What was sent, read as JSON; an empty body is an empty object."""
        if self.request.method not in _MEDIA:
            return {}
        sent = self.request.headers.get("content-type", "").split(";")[0].strip().lower()
        if sent not in _MEDIA[self.request.method]:
            raise PayPalError("UNSUPPORTED_MEDIA_TYPE")
        try:
            read: JsonValue = json.loads(self.body) if self.body else {}
        except ValueError as error:
            raise invalid("MALFORMED_REQUEST_JSON", "The request JSON is not well formed.", "/") from error
        return read

    def shown(self, body: JsonValue) -> dict[str, JsonValue]:
        """The parameters as the log of calls has them."""
        query: dict[str, JsonValue] = dict(self.request.query_params)
        named: dict[str, JsonValue] = dict(self.request.path_params)
        return named | query | (body if isinstance(body, dict) else {"patch": body})

    def act(self, body: JsonValue) -> Reply:
        """Check, then do it or tell again how it went before."""
        key = self.request.headers.get("paypal-request-id") if self.endpoint.replays else None
        check_id(key)
        check_query(self.request.query_params, self.endpoint.query)
        checked(self.endpoint.rule, body)
        ask = self._ask(body)
        if key is None:
            return self.endpoint.act(self.account, ask)
        place, mark = f"{self.request.url.path} {key}", fingerprint(body)
        kept = earlier(self.account, place, mark)
        if kept is not None:
            return self._again(ask, kept)
        reply = self.endpoint.act(self.account, ask)
        keep(self.account, place, mark, reply)
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
            _origin(self.request),
            self.request.query_params,
            prefer == "return=representation",
            self.body,
            items,
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
