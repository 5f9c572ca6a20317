"""The API over HTTP: who asks, in which version, with which key; then the call itself through the wire."""

import copy
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response

from umbral_sandbox.payments.stripe.account import PROVIDER, Account
from umbral_sandbox.payments.stripe.ask import Ask, Given
from umbral_sandbox.payments.stripe.endpoints import ENDPOINTS, Endpoint
from umbral_sandbox.payments.stripe.errors import StripeError, bad_api_key, no_api_key
from umbral_sandbox.payments.stripe.events import CURRENT, VERSIONS
from umbral_sandbox.payments.stripe.expand import expand
from umbral_sandbox.payments.stripe.faulty import render_fault
from umbral_sandbox.payments.stripe.form import Tree, parse_pairs
from umbral_sandbox.payments.stripe.older import is_older, older_shape
from umbral_sandbox.payments.stripe.records import JsonObject
from umbral_sandbox.payments.stripe.replaying import check_key, earlier, fingerprint, keep
from umbral_sandbox.world.faults import WireFault

BASE = "/stripe"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What goes back."""

    status: int
    body: JsonObject
    headers: dict[str, str] = field(default_factory=dict)


def rest_router(account: Account) -> APIRouter:
    """Every endpoint, and the provider's refusal for all other addresses."""
    router = APIRouter(prefix=BASE, include_in_schema=False)
    account.world.wire.known_methods[PROVIDER] = {each.name for each in ENDPOINTS}
    for endpoint in ENDPOINTS:
        router.add_api_route(endpoint.path, _handler(account, endpoint), methods=[endpoint.method])

    async def unknown(request: Request) -> Response:
        path = request.url.path.removeprefix(BASE)
        text = f"Unrecognized request URL ({request.method}: {path})."
        return _response(_refusal(StripeError(text, status=404)), account.ids.new("req"))

    methods = ["GET", "POST", "DELETE", "PUT", "PATCH"]
    router.add_api_route("/{rest:path}", unknown, methods=methods)
    return router


def _handler(account: Account, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def handle(request: Request) -> Response:
        request_id = account.ids.new("req")
        call = _Call(account, endpoint, request, request_id, (await request.body()).decode("utf-8", "replace"))
        try:
            key, tree = call.authenticate(), call.parameters()
            answer = await account.world.wire.run(
                PROVIDER,
                protocol=PROVIDER,
                who=_masked(key),
                method=endpoint.name,
                params=tree,
                act=lambda: call.act(tree),
            )
        except StripeError as error:
            answer = _refusal(error)
        except WireFault as fault:
            return await render_fault(fault, request, request_id)
        return _response(answer, request_id)

    return handle


def _masked(key: str) -> str:
    return f"{key[:8]}…{key[-4:]}"


@dataclass(frozen=True)
class _Call:
    """One request being answered."""

    account: Account
    endpoint: Endpoint
    request: Request
    request_id: str
    body: str

    def authenticate(self) -> str:
        """The API key, if it is the account's."""
        scheme, _, key = self.request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            raise no_api_key()
        secret = self.account.settings.secret_key
        if key != secret and not (secret is None and key.startswith(("sk_test_", "rk_test_"))):
            raise bad_api_key(key)
        return key

    def parameters(self) -> Tree:
        """The tree of what was sent: the query for GET and DELETE, the form for POST."""
        pairs = self.request.url.query
        if self.request.method == "POST":
            sent = self.request.headers.get("content-type", _FORM).split(";")[0].strip().lower()
            if self.body and sent != _FORM:
                raise StripeError(f"Invalid request (check that your POST content type is {_FORM}).")
            pairs = "&".join(part for part in (pairs, self.body) if part)
        return parse_pairs(parse_qsl(pairs, keep_blank_values=True))

    def act(self, tree: Tree) -> Answer:
        """Check, then do it or tell again how it went before."""
        version = self.request.headers.get("stripe-version", CURRENT)
        if version not in VERSIONS:
            raise StripeError(f"Invalid Stripe API version: {version}")
        key = self.request.headers.get("idempotency-key") if self.request.method == "POST" else None
        check_key(key)
        given = self.endpoint.rule.check(tree, "")
        ask = Ask(
            Given(given if isinstance(given, dict) else {}),
            self.request.path_params.get("id", ""),
            str(self.request.base_url).rstrip("/"),
        )
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


def _refusal(error: StripeError) -> Answer:
    return Answer(error.status, error.body(), error.headers)


def _response(answer: Answer, request_id: str) -> Response:
    return Response(
        json.dumps(answer.body, indent=2, ensure_ascii=False),
        answer.status,
        {"Request-Id": request_id, **answer.headers},
        "application/json",
    )
