"""Check that all calls to PayPal share one access token, and that every invalid response is an error with a remedy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from subscriptions.domain.ports.payment_gateway import (
    GatewayAuthError,
    GatewayError,
    GatewayUnavailable,
)
from subscriptions.infrastructure.payments.paypal.errors import NotPermitted, Refusal, decode, gateway_error
from subscriptions.infrastructure.payments.paypal.wire import Wire
from tests.support.paypal import NOW, FakeClock, settings
from tests.support.paypal_server import Reply, Server, running_server

PLAN = "/v1/billing/plans/P-1"
GET = f"GET {PLAN}"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with running_server() as made:
        made.answer(GET, {"id": "P-1"})
        yield made


@pytest.fixture
async def wire(server: Server, clock: FakeClock) -> AsyncIterator[Wire]:
    made = Wire(settings(PAYPAL_API_BASE=server.url), clock)
    yield made
    await made.aclose()


async def test_fifty_calls_share_one_token(server: Server, wire: Wire) -> None:
    answers = await asyncio.gather(*(wire.get(PLAN) for _ in range(50)))
    assert [answer.text("id") for answer in answers] == ["P-1"] * 50
    assert server.tokens == 1


async def test_fifty_calls_with_an_expired_token_fetch_one_new_token(server: Server, wire: Wire) -> None:
    await wire.get(PLAN)
    server.expire()
    await asyncio.gather(*(wire.get(PLAN) for _ in range(50)))
    assert server.tokens == 3


async def test_token_is_renewed_a_minute_before_it_expires(server: Server, wire: Wire, clock: FakeClock) -> None:
    await wire.get(PLAN)
    clock.advance(timedelta(seconds=server.lifetime - 61))
    await wire.get(PLAN)
    assert server.tokens == 1
    clock.advance(timedelta(seconds=1))
    await wire.get(PLAN)
    assert server.tokens == 2


async def test_token_refused_twice_is_a_credentials_error(server: Server, wire: Wire) -> None:
    server.answer("GET /never", {"name": "AUTHENTICATION_FAILURE"}, status=401)
    with pytest.raises(GatewayAuthError) as caught:
        await wire.get("/never")
    assert caught.value.code == "AUTHENTICATION_FAILURE"
    assert server.tokens == 2


async def test_error_about_wrong_credentials_names_their_settings(server: Server, clock: FakeClock) -> None:
    wire = Wire(settings(PAYPAL_API_BASE=server.url, PAYPAL_CLIENT_SECRET="demo-wrong"), clock)
    with pytest.raises(GatewayAuthError) as caught:
        await wire.get(PLAN)
    await wire.aclose()
    assert "PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET" in str(caught.value)
    assert not {"demo-wrong", "demo-client", "Ana"} & set(str(caught.value).replace(",", " ").split())


async def test_response_that_is_not_valid_json_data_raises_gateway_unavailable(server: Server, wire: Wire) -> None:
    for body in ("{}", '{"access_token":"","expires_in":9}', '{"access_token":5}', "[]", "<html>"):
        server.token_answer = Reply(body=body.encode())
        with pytest.raises(GatewayUnavailable):
            await wire.get(PLAN)
    server.token_answer = None
    for reply in ("<html>welcome</html>", [1], b"[" * 100_000, b"\xff\xfe"):
        server.answers["GET /bad"] = []
        server.answer("GET /bad", reply)
        with pytest.raises(GatewayUnavailable):
            await wire.get("/bad")


async def test_redirect_is_not_followed(server: Server, wire: Wire) -> None:
    server.answer("GET /moved", "", status=302, headers={"location": server.url + PLAN})
    with pytest.raises(GatewayUnavailable):
        await wire.get("/moved")
    assert server.named(GET) == []


@pytest.mark.parametrize(
    ("status", "reply", "kind", "code"),
    [
        (400, '{"name":"INVALID_REQUEST","details":[{"issue":"MISSING"}]}', Refusal, "MISSING"),
        (422, '{"name":"UNPROCESSABLE_ENTITY","details":[{"issue":"PLAN_BAD"}]}', Refusal, "PLAN_BAD"),
        (422, '{"name":"UNPROCESSABLE_ENTITY"}', Refusal, "UNPROCESSABLE_ENTITY"),
        (401, '{"error":"invalid_client","error_description":"Ana"}', GatewayAuthError, "invalid_client"),
        (403, '{"name":"NOT_AUTHORIZED"}', NotPermitted, "NOT_AUTHORIZED"),
        (403, "<html>denied</html>", GatewayUnavailable, None),
        (404, '{"name":"RESOURCE_NOT_FOUND"}', Refusal, "RESOURCE_NOT_FOUND"),
        (404, "<html>", GatewayUnavailable, None),
        (409, '{"name":"RESOURCE_CONFLICT"}', GatewayUnavailable, "RESOURCE_CONFLICT"),
        (422, '{"details":[{"issue":"PREVIOUS_REQUEST_IN_PROGRESS"}]}', GatewayUnavailable, None),
        (429, '{"name":"RATE_LIMIT_REACHED"}', GatewayUnavailable, "RATE_LIMIT_REACHED"),
        (500, '{"name":"INTERNAL_SERVER_ERROR"}', GatewayUnavailable, "INTERNAL_SERVER_ERROR"),
        (503, "<html>maintenance</html>", GatewayUnavailable, None),
        (422, '{"name":"ana@example.com said","message":"ana@example.com","details":7}', Refusal, None),
    ],
)
def test_each_error_response_is_mapped_to_its_gateway_error(
    status: int, reply: str, kind: type[GatewayError], code: str | None
) -> None:
    error = gateway_error(status, decode(reply.encode()), "", NOW)
    assert type(error) is kind
    if code is not None:
        assert error.code == code
    assert not any(word in str(error) for word in ("<", "ana", "Ana"))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("999999999", 86400),
        ("Fri, 20 Nov 2026 09:01:00 GMT", 60),
        ("Fri, 20 Nov 2020 09:01:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_retry_delay_is_read_from_the_header(value: str, seconds: int | None) -> None:
    error = gateway_error(429, decode(b""), value, NOW)
    assert isinstance(error, GatewayUnavailable)
    assert error.delay == (None if seconds is None else timedelta(seconds=seconds))


async def test_unreachable_paypal_server_raises_gateway_unavailable(clock: FakeClock) -> None:
    wire = Wire(settings(), clock)
    with pytest.raises(GatewayUnavailable):
        await wire.get(PLAN)
    await wire.aclose()


async def test_missing_answer_times_out(clock: FakeClock) -> None:
    held: list[asyncio.StreamWriter] = []
    hanging = await asyncio.start_server(lambda _, writer: held.append(writer), "127.0.0.1", 0)
    port = hanging.sockets[0].getsockname()[1]
    wire = Wire(settings(PAYPAL_API_BASE=f"http://127.0.0.1:{port}"), clock, httpx.Timeout(0.1))
    with pytest.raises(GatewayUnavailable):
        await wire.get(PLAN)
    await wire.aclose()
    for writer in held:
        writer.close()
    hanging.close()
    await hanging.wait_closed()


async def test_request_id_has_at_most_38_characters_and_is_equal_only_for_equal_keys(
    server: Server, wire: Wire
) -> None:
    server.answer("POST /v1/x", None, status=204)
    for key in ("checkout:1:1", "checkout:1:1", "checkout:1:2"):
        assert (await wire.post("/v1/x", {"a": 1}, request_id=key)).value is None
    await wire.post("/v1/x", {})
    first, second, third, last = (call.headers.get("paypal-request-id") for call in server.named("POST /v1/x"))
    assert first == second != third
    assert first is not None
    assert len(first) <= 38
    assert last is None
    assert server.named("POST /v1/x")[0].headers["prefer"] == "return=representation"


async def test_interrupted_request_is_repeated_only_if_idempotent(server: Server, wire: Wire) -> None:
    server.answer("POST /v1/x", {"id": "X-1"})
    await wire.get(PLAN)
    server.cuts = 1
    assert (await wire.get(PLAN)).text("id") == "P-1"
    server.cuts = 1
    assert (await wire.post("/v1/x", {}, request_id="checkout:1:1")).text("id") == "X-1"
    assert (len(server.named(GET)), len(server.named("POST /v1/x"))) == (3, 2)
    server.cuts = 1
    with pytest.raises(GatewayUnavailable):
        await wire.post("/v1/x", {})
    assert len(server.named("POST /v1/x")) == 3
    server.cuts = 2
    with pytest.raises(GatewayUnavailable):
        await wire.get(PLAN)
    assert len(server.named(GET)) == 5
