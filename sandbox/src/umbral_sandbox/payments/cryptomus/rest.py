"""Cryptomus API over HTTP, in which every call is a POST that names the merchant and signs its body."""

import hmac
import json

from fastapi import APIRouter, Request, Response
from pydantic import JsonValue

from umbral_sandbox.payments.chassis.calls import Handler, Heard, Line, api_router, media_type_of, origin_of
from umbral_sandbox.payments.cryptomus.account import PROVIDER, Account
from umbral_sandbox.payments.cryptomus.ask import Ask
from umbral_sandbox.payments.cryptomus.endpoints import ENDPOINTS, Endpoint
from umbral_sandbox.payments.cryptomus.errors import CryptomusError, unauthorized
from umbral_sandbox.payments.cryptomus.faulty import render_fault
from umbral_sandbox.payments.cryptomus.phpjson import Flags, encode
from umbral_sandbox.payments.cryptomus.records import JsonObject
from umbral_sandbox.payments.cryptomus.signing import signature

BASE = "/cryptomus"


def rest_router(account: Account) -> APIRouter:
    """Return the routes of every endpoint, and the provider's refusal for all other addresses and methods."""
    known = {each.path for each in ENDPOINTS}

    async def unknown(request: Request) -> Response:
        path = request.url.path.removeprefix(BASE)
        if path in known:
            text = f"The {request.method} method is not supported for this route. Supported methods: POST."
            return _response(405, {"message": text})
        return _response(404, {"message": "Not Found"})

    routes = ((each, _handler(account, each)) for each in ENDPOINTS)
    return api_router(account.world, PROVIDER, BASE, routes, unknown)


def _handler(account: Account, endpoint: Endpoint) -> Handler:
    async def handle(request: Request) -> Response:
        body = await request.body()

        def heard() -> Heard[JsonValue]:
            merchant = _authenticate(account, request, body)
            sent, cursor = _parameters(request, body), request.query_params.get("cursor")

            def act() -> JsonValue:
                return endpoint.act(account, Ask(endpoint.form.check(sent), origin_of(request), cursor))

            return Heard(f"{merchant[:8]}…", sent, act)

        def refused(error: CryptomusError) -> Response:
            return _response(error.status, error.body())

        line = Line(account.world, PROVIDER, request, (CryptomusError,), refused, render_fault)
        return await line.answer(endpoint.name, heard, lambda result: _response(200, {"state": 0, "result": result}))

    return handle


def _authenticate(account: Account, request: Request, body: bytes) -> str:
    merchant, sign = request.headers.get("merchant", ""), request.headers.get("sign", "")
    settings = account.settings
    if settings.merchant_id is None or merchant != settings.merchant_id:
        raise unauthorized("Merchant was not found")
    expected = signature(body, settings.api_key or "")
    if settings.api_key is None or not hmac.compare_digest(expected.encode(), sign.encode("utf-8", "replace")):
        raise unauthorized("Invalid Sign")
    return merchant


def _parameters(request: Request, body: bytes) -> JsonObject:
    if not body:
        return {}
    if media_type_of(request) != "application/json":
        raise CryptomusError("The content type must be application/json", status=415)
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise CryptomusError("The body is not JSON", status=400) from error
    if isinstance(sent, dict):
        return sent
    if sent == []:
        return {}
    raise CryptomusError("The body is not an object", status=400)


def _response(status: int, body: JsonObject) -> Response:
    return Response(encode(body, Flags()), status, media_type="application/json")
