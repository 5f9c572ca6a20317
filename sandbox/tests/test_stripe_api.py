"""The Stripe API, called through the official client and by plain HTTP: refusals and injected faults."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import stripe

from tests.support.stripe_sandbox import KEY, SUCCESS, Shop, running_shop


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running_shop() as running:
        yield running


async def call(shop: Shop, method: str, path: str, form: str = "", **headers: str) -> httpx.Response:
    given = {
        "Authorization": f"Bearer {KEY}",
        "Content-Type": "application/x-www-form-urlencoded",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return await shop.http.request(method, f"{shop.url}/stripe{path}", content=form, headers=given)


async def refused(shop: Shop, form: str, path: str = "/v1/checkout/sessions", status: int = 400) -> dict[str, Any]:
    answer = await call(shop, "POST", path, form)
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


async def test_wrong_key_and_missing_key_are_refused(shop: Shop) -> None:
    answer = await call(shop, "GET", "/v1/prices", Authorization="Bearer sk_test_wrongwrongwrongwrong")
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "invalid_request_error"
    assert answer.json()["error"]["message"].startswith("Invalid API Key provided: sk_test_****")
    assert "wrongwrong" not in answer.text
    assert (await shop.http.get(f"{shop.url}/stripe/v1/prices")).status_code == 401
    with pytest.raises(stripe.AuthenticationError):
        await shop.client.v1.prices.list_async(options={"api_key": "sk_test_51SomebodyElsesKey"})
    assert shop.world.wire.calls() == []


@pytest.mark.parametrize(
    ("form", "code", "param", "text"),
    [
        ("modee=payment", "parameter_unknown", "modee", "Received unknown parameter: modee. Did you mean mode?"),
        (
            "mode=subscription&subscription_data[metdata][a]=b",
            "parameter_unknown",
            "subscription_data[metdata]",
            "Received unknown parameter: subscription_data[metdata]. Did you mean metadata?",
        ),
        ("mode=subscription&line_items[0][prise]=x", "parameter_unknown", "line_items[0][prise]", None),
        ("a=1&b=2", "parameter_unknown", "a", "Received unknown parameters: a, b"),
        ("", "parameter_missing", "mode", "Missing required param: mode."),
        ("mode=subscription", "parameter_missing", "success_url", "Missing required param: success_url."),
        ("mode=rent", None, "mode", "Invalid mode: must be one of payment, or subscription"),
        ("mode=subscription&success_url=nowhere", "url_invalid", "success_url", "Not a valid URL"),
        (f"mode=subscription&success_url={SUCCESS}", "parameter_missing", "line_items", None),
        ("mode=subscription&expires_at=soon", "parameter_invalid_integer", "expires_at", "Invalid integer: soon"),
        ("mode=subscription&customer=", "parameter_invalid_empty", "customer", None),
        ("mode=subscription&metadata=x", None, "metadata", "Invalid object: metadata"),
        ("mode=subscription&custom_text[submit][message]=x", None, "custom_text", None),
        (
            f"mode=subscription&success_url={SUCCESS}&line_items[0][price]=price_none&line_items[0][quantity]=1",
            "resource_missing",
            "line_items[0][price]",
            "No such price: 'price_none'",
        ),
    ],
)
async def test_each_wrong_parameter_is_named(
    shop: Shop, form: str, code: str | None, param: str, text: str | None
) -> None:
    error = await refused(shop, form)
    assert error["type"] == "invalid_request_error"
    assert (error.get("code"), error["param"]) == (code, param)
    assert text is None or error["message"] == text


async def test_checkout_session_expires_after_30_minutes_to_24_hours(shop: Shop) -> None:
    now = shop.world.clock.timestamp()
    for wrong in (now + 29 * 60, now + 24 * 3600 + 60):
        with pytest.raises(stripe.InvalidRequestError, match="expires_at"):
            await shop.checkout(expires_at=wrong)
    session = await shop.checkout(expires_at=now + 35 * 60)
    assert session.expires_at == now + 35 * 60


async def test_checkout_with_a_price_unsuitable_for_its_mode_is_refused(shop: Shop) -> None:
    recurring = await shop.price()
    once = await shop.client.v1.prices.create_async(
        {"product": str(recurring.product), "currency": "eur", "unit_amount": 999}
    )
    with pytest.raises(stripe.InvalidRequestError, match="recurring price"):
        await shop.checkout(recurring, mode="payment", subscription_data=None)
    with pytest.raises(stripe.InvalidRequestError, match="at least one recurring price"):
        await shop.checkout(once)
    with pytest.raises(stripe.InvalidRequestError, match="You can not pass `payment_intent_data`"):
        await shop.checkout(recurring, payment_intent_data={"metadata": {"a": "b"}})
    await shop.client.v1.prices.update_async(recurring.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        await shop.checkout(recurring)


async def test_only_an_open_session_can_be_expired(shop: Shop) -> None:
    session = await shop.checkout()
    expired = await shop.client.v1.checkout.sessions.expire_async(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert await shop.received("checkout.session.expired")
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        await shop.client.v1.checkout.sessions.expire_async(session.id)
    paid = await shop.checkout()
    await shop.control("POST", f"checkouts/{paid.id}/pay")
    with pytest.raises(stripe.InvalidRequestError, match="status of complete"):
        await shop.client.v1.checkout.sessions.expire_async(paid.id)


async def test_unknown_id_responds_with_404(shop: Shop) -> None:
    v1 = shop.client.v1
    for lookup in (
        v1.prices.retrieve_async("price_none"),
        v1.products.retrieve_async("prod_none"),
        v1.customers.retrieve_async("cus_none"),
        v1.subscriptions.retrieve_async("sub_none"),
        v1.subscriptions.cancel_async("sub_none"),
        v1.invoices.retrieve_async("in_none"),
        v1.checkout.sessions.retrieve_async("cs_test_none"),
        v1.refunds.create_async({"payment_intent": "pi_none"}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            await lookup
        assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    answer = await call(shop, "POST", "/v1/nothing")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "Unrecognized request URL (POST: /v1/nothing)."


async def test_idempotency_key_returns_the_first_answer(shop: Shop) -> None:
    price = await shop.price()
    form = f"mode=subscription&success_url={SUCCESS}&line_items[0][price]={price.id}&line_items[0][quantity]=1"
    first = await call(shop, "POST", "/v1/checkout/sessions", form, Idempotency_Key="checkout:1")
    again = await call(shop, "POST", "/v1/checkout/sessions", form, Idempotency_Key="checkout:1")
    assert first.json() == again.json()
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    other = await call(shop, "POST", "/v1/checkout/sessions", form + "&locale=es", Idempotency_Key="checkout:1")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    elsewhere = await call(shop, "POST", "/v1/customers", "", Idempotency_Key="checkout:1")
    assert elsewhere.json()["error"]["type"] == "idempotency_error"
    with pytest.raises(stripe.IdempotencyError):
        await shop.client.v1.customers.create_async({"name": "x"}, {"idempotency_key": "checkout:1"})
    assert len((await shop.client.v1.checkout.sessions.list_async()).data) == 1


async def test_stripe_lists_are_paged_newest_first(shop: Shop) -> None:
    made = [(await shop.client.v1.customers.create_async({"name": f"c{n}"})).id for n in range(5)]
    page = await shop.client.v1.customers.list_async({"limit": 2})
    assert ([each.id for each in page.data], page.has_more) == (made[:2:-1], True)
    assert [each.id async for each in page.auto_paging_iter()] == made[::-1]
    older = await shop.client.v1.customers.list_async({"starting_after": made[1]})
    assert [each.id for each in older.data] == made[:1]
    with pytest.raises(stripe.InvalidRequestError, match="less than or equal"):
        await shop.client.v1.customers.list_async({"limit": 101})


async def test_price_is_found_by_its_unique_lookup_key(shop: Shop) -> None:
    price = await shop.price()
    v1 = shop.client.v1
    await v1.prices.update_async(price.id, {"lookup_key": "retabet"})
    found = await v1.prices.list_async({"lookup_keys": ["retabet", "other"]})
    assert [each.id for each in found.data] == [price.id]
    params: Any = {"product": str(price.product), "currency": "eur", "unit_amount": 1, "lookup_key": "retabet"}
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        await v1.prices.create_async(params)
    newer = await v1.prices.create_async({**params, "transfer_lookup_key": True})
    found = await v1.prices.list_async({"lookup_keys": ["retabet"]})
    assert [each.id for each in found.data] == [newer.id]


async def test_expand_includes_complete_objects(shop: Shop) -> None:
    subscription = await shop.subscribed()
    found = await shop.client.v1.checkout.sessions.list_async(
        {"subscription": subscription.id, "expand": ["data.line_items", "data.invoice.payments"]}
    )
    [session] = found.data
    assert session.line_items is not None
    assert session.line_items.data[0].amount_total == 2999
    assert isinstance(session.invoice, stripe.Invoice)
    assert session.invoice.payments is not None
    [payment] = session.invoice.payments.data
    found_again = await shop.client.v1.invoice_payments.list_async(
        {"payment": {"type": "payment_intent", "payment_intent": str(payment.payment.payment_intent)}}
    )
    assert [each.invoice for each in found_again.data] == [session.invoice.id]
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        await shop.client.v1.subscriptions.retrieve_async(subscription.id, {"expand": ["colour"]})


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"do": "flood", "seconds": 7, "times": 1}, stripe.RateLimitError),
        ({"do": "error", "code": 402, "times": 1}, stripe.CardError),
        ({"do": "error", "code": 403, "times": 1}, stripe.PermissionError),
        ({"do": "error", "code": 500}, stripe.APIError),
        ({"do": "garbage", "times": 1}, stripe.APIError),
        ({"do": "drop_before"}, stripe.APIConnectionError),
    ],
    ids=lambda each: each["do"] if isinstance(each, dict) else "",
)
async def test_faults_raise_the_errors_of_the_official_client(
    shop: Shop, fault: dict[str, Any], expected: type[stripe.StripeError]
) -> None:
    await shop.control("PUT", "faults", [{"on": "stripe", "method": "POST /v1/customers", **fault}])
    with pytest.raises(expected) as caught:
        await shop.client.v1.customers.create_async({"name": "x"})
    if fault["do"] == "flood":
        assert caught.value.headers is not None
        assert caught.value.headers["retry-after"] == "7"
    await shop.control("PUT", "faults", [])
    await shop.client.v1.customers.create_async({"name": "x"})


@pytest.mark.parametrize("do", ["error_after", "drop_after"])
async def test_call_completed_before_the_fault_is_not_repeated(shop: Shop, do: str) -> None:
    await shop.control("PUT", "faults", [{"on": "stripe", "do": do, "code": 500, "times": 1}])
    made = await shop.client.v1.customers.create_async({"name": "x"}, {"idempotency_key": "only-once"})
    listed = await shop.client.v1.customers.list_async()
    assert [each.id for each in listed.data] == [made.id]


async def test_call_held_by_a_fault_continues_after_release_and_is_logged_without_api_key(shop: Shop) -> None:
    await shop.control("PUT", "faults", [{"on": "stripe", "do": "hold_before", "times": 1}])
    held = asyncio.create_task(shop.client.v1.customers.retrieve_async("cus_none"))
    await shop.until(lambda: any(each.state == "held" for each in shop.world.wire.calls()))
    await shop.control("POST", "faults/release")
    with pytest.raises(stripe.InvalidRequestError):
        await held
    calls = (await shop.control("GET", "calls"))["calls"]
    assert [(each["method"], each["state"]) for each in calls] == [("GET /v1/customers/{id}", "failed")]
    assert KEY not in json.dumps(calls)
    answer = await shop.http.put(
        f"{shop.url}/control/faults", json=[{"on": "stripe", "do": "error", "method": "GET /x"}]
    )
    assert answer.status_code == 400


async def test_unauthenticated_caller_gets_401_for_existing_and_unknown_paths(shop: Shop) -> None:
    for path in ("/v1/nothing", "/v1/customers/cus_nobody"):
        for headers in ({}, {"Authorization": "Bearer sk_test_wrongwrongwrongwrong"}):
            assert (await shop.http.get(f"{shop.url}/stripe{path}", headers=headers)).status_code == 401
        assert (await call(shop, "GET", path)).status_code == 404


async def test_account_and_its_balance_can_be_read(shop: Shop) -> None:
    account = await shop.client.v1.accounts.retrieve_current_async()
    assert (account.id.startswith("acct_"), account.charges_enabled, account.country) == (True, True, "ES")
    balance = await shop.client.v1.balance.retrieve_async()
    assert [(each.amount, each.currency) for each in balance.available] == [(0, "eur")]
    await shop.subscribed()
    balance = await shop.client.v1.balance.retrieve_async()
    assert [(each.amount, each.currency) for each in balance.pending] == [(2999, "eur")]
    await shop.world.advance(timedelta(days=8))
    balance = await shop.client.v1.balance.retrieve_async()
    assert balance.available[0].amount == 2999


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("email:'ana@example.com'", ["Ana"]),
        ("email:'ANA@example.com' AND metadata['tier']:'gold'", ["Ana"]),
        ('name~\'osé\' OR metadata["tier"]:"gold"', ["José", "Ana"]),
        ("-email:'ana@example.com'", ["José"]),
        ("phone:null", ["José", "Ana"]),
        ("created>1 metadata['tier']:null", ["José"]),
        ("name:'nobody'", []),
    ],
)
async def test_customers_can_be_searched(shop: Shop, query: str, names: list[str]) -> None:
    customers = shop.client.v1.customers
    await customers.create_async({"name": "Ana", "email": "ana@example.com", "metadata": {"tier": "gold"}})
    await customers.create_async({"name": "José", "email": "jose@example.com"})
    found = await customers.search_async({"query": query})
    assert (found.object, [each.name for each in found.data], found.has_more) == ("search_result", names, False)
    first = await customers.search_async({"query": "created>1", "limit": 1})
    assert (first.has_more, first.data[0].name) == (True, "José")
    rest = await customers.search_async({"query": "created>1", "limit": 1, "page": str(first.next_page)})
    assert ([each.name for each in rest.data], rest.next_page) == (["Ana"], None)


@pytest.mark.parametrize(
    "query", ["", "email", "shoe:'x'", "name~'ab'", "email:'a' OR name:'b' AND phone:'c'", "email>'x'"]
)
async def test_invalid_search_query_is_refused(shop: Shop, query: str) -> None:
    answer = await shop.http.get(
        f"{shop.url}/stripe/v1/customers/search", params={"query": query}, headers={"Authorization": f"Bearer {KEY}"}
    )
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "query")
