"""Stripe API over HTTP: authentication, version and idempotency key, and then the operation itself, with call log and
injected faults.
"""

import copy
import json
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from umbral_sandbox.payments.chassis.calls import (
    Handler,
    Heard,
    Line,
    api_router,
    fingerprint,
    media_type_of,
    origin_of,
)
from umbral_sandbox.payments.stripe.account import PROVIDER, Account
from umbral_sandbox.payments.stripe.answering import described
from umbral_sandbox.payments.stripe.ask import Ask, Given
from umbral_sandbox.payments.stripe.endpoints import ENDPOINTS, FILES, Endpoint
from umbral_sandbox.payments.stripe.errors import StripeError, bad_api_key, no_api_key
from umbral_sandbox.payments.stripe.events import CURRENT, VERSIONS
from umbral_sandbox.payments.stripe.expand import expand
from umbral_sandbox.payments.stripe.faulty import render_fault
from umbral_sandbox.payments.stripe.form import Tree, parse_pairs
from umbral_sandbox.payments.stripe.older import is_older, older_shape
from umbral_sandbox.payments.stripe.records import JsonObject
from umbral_sandbox.payments.stripe.replaying import check_key, earlier, keep

BASE = "/stripe"
_MULTIPART = "multipart/form-data"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """Response of the Stripe API: status, JSON body and headers."""

    status: int
    body: JsonObject
    headers: dict[str, str] = field(default_factory=dict)


def rest_router(account: Account) -> APIRouter:
    """Return the routes of every endpoint, and the provider's refusal for all other addresses."""

    async def unknown(request: Request) -> Response:
        try:
            # An unauthenticated caller does not learn which addresses exist.
            _authenticated(account, request)
            path = request.url.path.removeprefix(BASE)
            raise StripeError(f"Unrecognized request URL ({request.method}: {path}).", status=404)
        except StripeError as error:
            return _response(_refusal(error), account.ids.new("req"))

    routes = ((each, _handler(account, each)) for each in ENDPOINTS)
    return api_router(account.world, PROVIDER, BASE, routes, unknown)


def _handler(account: Account, endpoint: Endpoint) -> Handler:
    async def handle(request: Request) -> Response:
        request_id = account.ids.new("req")
        body, upload = (await request.body()).decode("utf-8", "replace"), None
        if endpoint.path == FILES and media_type_of(request) == _MULTIPART:
            body, upload = "", await _uploaded(request)
        call = _Call(account, endpoint, request, request_id, body, upload)

        def heard() -> Heard[Answer]:
            key, tree = call.authenticate(), call.parameters()
            return Heard(_masked(key), tree, lambda: call.act(tree))

        def refused(error: StripeError) -> Response:
            return _response(_refusal(error), request_id)

        line = Line(account.world, PROVIDER, request, (StripeError,), refused, partial(render_fault, request_id))
        return await line.answer(endpoint.name, heard, lambda answer: _response(answer, request_id))

    return handle


async def _uploaded(request: Request) -> Tree:
    """Read a form with a file: its members, and a description of the file."""
    async with request.form() as form:
        tree: Tree = {}
        for name, value in form.multi_items():
            tree[name] = value if isinstance(value, str) else described(value.filename or "", await value.read())
        return tree


def _masked(key: str) -> str:
    return f"{key[:8]}…{key[-4:]}"


@dataclass(frozen=True)
class _Call:
    """Request that is being answered."""

    account: Account
    endpoint: Endpoint
    request: Request
    request_id: str
    body: str
    upload: Tree | None = None

    def authenticate(self) -> str:
        """Return the API key of the request. Raises StripeError if the key is not the account's."""
        return _authenticated(self.account, self.request)

    def parameters(self) -> Tree:
        """Return the tree of received parameters: the query for GET and DELETE, the form for POST."""
        if self.upload is not None:
            return self.upload
        pairs = self.request.url.query
        if self.request.method == "POST":
            if self.body and media_type_of(self.request, _FORM) != _FORM:
                raise StripeError(f"Invalid request (check that your POST content type is {_FORM}).")
            pairs = "&".join(part for part in (pairs, self.body) if part)
        return parse_pairs(parse_qsl(pairs, keep_blank_values=True))

    def act(self, tree: Tree) -> Answer:
        """Check the request, then perform the request or repeat its earlier response."""
        version = self.request.headers.get("stripe-version", CURRENT)
        if version not in VERSIONS:
            raise StripeError(f"Invalid Stripe API version: {version}")
        key = self.request.headers.get("idempotency-key") if self.request.method == "POST" else None
        check_key(key)
        given = self.endpoint.rule.check(tree, "")
        origin = origin_of(self.request)
        self.account.record_origin(origin)
        ask = Ask(Given(given if isinstance(given, dict) else {}), self.request.path_params.get("id", ""), origin)
        if key is None:
            return self._do(ask, version, None)
        path, mark = self.request.url.path.removeprefix(BASE), fingerprint(tree)
        kept = earlier(self.account, key, path, mark)
        if kept is not None:
            headers = {"Idempotent-Replayed": "true", "Original-Request": kept.request, "Idempotency-Key": key}
            return Answer(kept.status, kept.body, headers)
        answer = self._do(ask, version, key)
        keep(self.account, key, path, mark, answer.status, answer.body, self.request_id)
        return answer

    def _do(self, ask: Ask, version: str, key: str | None) -> Answer:
        headers = {} if key is None else {"Idempotency-Key": key}
        try:
            with self.account.asked_by(self.request_id, key):
                shape = self.endpoint.act(self.account, ask)
            shape = expand(self.account, copy.deepcopy(shape), ask.expand())
        except StripeError as error:
            if key is None:
                raise
            return replace(_refusal(error), headers={**error.headers, **headers})
        if is_older(version):
            shape = older_shape(self.account, shape)
        return Answer(200, shape, {**headers, "Stripe-Version": version})


def _authenticated(account: Account, request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise no_api_key()
    secret = account.settings.secret_key
    if key != secret and not (secret is None and key.startswith(("sk_test_", "rk_test_"))):
        raise bad_api_key(key)
    return key


def _refusal(error: StripeError) -> Answer:
    return Answer(error.status, error.body(), error.headers)


def _response(answer: Answer, request_id: str) -> Response:
    return Response(
        json.dumps(answer.body, indent=2, ensure_ascii=False),
        answer.status,
        {"Request-Id": request_id, **answer.headers},
        "application/json",
    )
