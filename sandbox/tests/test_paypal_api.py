"""Authentication, validation and refusals of the API."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.paypal_sandbox import CLIENT, SECRET, PayPalShop, cycle, running_paypal
from umbral_sandbox.payments.paypal.errors import PayPalError
from umbral_sandbox.payments.paypal.parameters import billing, common, money
from umbral_sandbox.payments.paypal.rules import Rule, checked


@pytest.fixture
async def shop() -> AsyncIterator[PayPalShop]:
    async with running_paypal() as running:
        yield running


def basic(client: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()


async def test_access_token_requires_valid_credentials_and_expires(shop: PayPalShop) -> None:
    url, grant = f"{shop.base}/v1/oauth2/token", {"grant_type": "client_credentials"}
    for sign in ("", "Bearer x", basic(CLIENT, "wrong"), basic("other", SECRET), "Basic é".encode().decode("latin-1")):
        answer = await shop.http.post(url, data=grant, headers={"Authorization": sign.encode("latin-1")})
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    answer = await shop.http.post(url, data={"grant_type": "password"}, auth=(CLIENT, SECRET))
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    answer = await shop.http.post(url, json=grant, auth=(CLIENT, SECRET))
    assert (answer.status_code, answer.json()["name"]) == (415, "UNSUPPORTED_MEDIA_TYPE")

    token = await shop.sign_in()
    assert await shop.sign_in() == token
    await shop.call("GET", "/v1/catalogs/products")
    await shop.advance(hours=9, seconds=1)
    answer = await shop.send("GET", "/v1/catalogs/products")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert await shop.sign_in() != token
    await shop.call("GET", "/v1/catalogs/products")
    await shop.control("POST", "providers/paypal", {"client_id": CLIENT, "client_secret": "new"})
    assert (await shop.send("GET", "/v1/catalogs/products")).status_code == 401


async def test_invalid_json_and_missing_members_are_refused(shop: PayPalShop) -> None:
    path = "/v1/catalogs/products"
    assert (await shop.http.get(shop.base + path)).json()["name"] == "AUTHENTICATION_FAILURE"
    assert await shop.refused("POST", path, {"name": "x", "kind": "SERVICE"}, 400) == "MISSING_REQUIRED_PARAMETER"
    answer = await shop.send("POST", path, {}, Content_Type="text/plain")
    assert (answer.status_code, answer.json()["name"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    head = {"Authorization": f"Bearer {shop.token}", "Content-Type": "application/json"}
    answer = await shop.http.post(shop.base + path, content="{", headers=head)
    assert answer.json()["details"][0]["issue"] == "MALFORMED_REQUEST_JSON"
    assert answer.headers["paypal-debug-id"] == answer.json()["debug_id"]
    assert await shop.refused("GET", "/v1/nothing", status=404) == "RESOURCE_NOT_FOUND"
    assert (await shop.http.get(shop.base + "/v1/nothing")).status_code == 401
    assert await shop.refused("GET", f"{path}?page=0", status=400) == "INVALID_PARAMETER_VALUE"
    assert await shop.refused("GET", f"{path}?pages=1", status=400) == "NOT_SUPPORTED"
    for missing in ("/v1/billing/plans/P-1", "/v1/billing/subscriptions/I-1", "/v1/payments/sale/1"):
        assert await shop.refused("GET", missing, status=404) == "INVALID_RESOURCE_ID"


def plan(*cycles: Any, **changes: Any) -> dict[str, Any]:
    return {
        "product_id": "PROD-1",
        "name": "Retabet",
        "billing_cycles": [{"sequence": 1, **each} for each in cycles or (cycle(),)],
        "payment_preferences": {},
        **changes,
    }


def order(value: str, code: str = "EUR") -> dict[str, Any]:
    return {"intent": "CAPTURE", "purchase_units": [{"amount": {"currency_code": code, "value": value}}]}


PAGE = {"return_url": "https://shop.example/", "cancel_url": "https://shop.example/"}
PLAN, SUBSCRIPTION = billing.PLAN, billing.SUBSCRIPTION
SYNTAX, VALUE, LENGTH = "INVALID_PARAMETER_SYNTAX", "INVALID_PARAMETER_VALUE", "INVALID_STRING_LENGTH"
MISSING, UNKNOWN = "MISSING_REQUIRED_PARAMETER", "NOT_SUPPORTED"
PRICE = "/billing_cycles/0/pricing_scheme/fixed_price/value"
FORTNIGHT = {"interval_unit": "FORTNIGHT"}


def agreed(**changes: Any) -> dict[str, Any]:
    return {"plan_id": "P" * 26, **changes}


REFUSED: list[tuple[Rule, Any, str, str]] = [
    (billing.PRODUCT, [], SYNTAX, "/"),
    (billing.PRODUCT, {"name": "x", "type": "GAME"}, VALUE, "/type"),
    (billing.PRODUCT, {"name": "x" * 128, "type": "SERVICE"}, LENGTH, "/name"),
    (PLAN, plan(cycle("29.999")), "DECIMAL_PRECISION", PRICE),
    (PLAN, plan(cycle("1500.0", "JPY")), "DECIMALS_NOT_SUPPORTED", PRICE),
    (PLAN, plan(cycle("1", "XTR")), "CURRENCY_NOT_SUPPORTED", PRICE.replace("value", "currency_code")),
    (PLAN, plan(cycle("-1")), SYNTAX, PRICE),
    (PLAN, plan(cycle("1e2")), SYNTAX, PRICE),
    (PLAN, plan(cycle(frequency=FORTNIGHT)), VALUE, "/billing_cycles/0/frequency/interval_unit"),
    (PLAN, plan(billing_cycles=[]), "INVALID_ARRAY_LENGTH", "/billing_cycles"),
    (PLAN, plan(payment_preferences=None), MISSING, "/payment_preferences"),
    (PLAN, plan(quantity_supported="yes"), SYNTAX, "/quantity_supported"),
    (SUBSCRIPTION, {"plan_id": "P-1"}, LENGTH, "/plan_id"),
    (SUBSCRIPTION, agreed(custom_id="x" * 128), LENGTH, "/custom_id"),
    (SUBSCRIPTION, agreed(costum_id="x"), UNKNOWN, "/costum_id"),
    (SUBSCRIPTION, agreed(start_time="2026-01-01"), SYNTAX, "/start_time"),
    (SUBSCRIPTION, agreed(application_context={}), MISSING, "/application_context/return_url"),
    (SUBSCRIPTION, agreed(application_context={**PAGE, "locale": "es_ES"}), SYNTAX, "/application_context/locale"),
    (common.reason(True), {}, MISSING, "/reason"),
    (common.reason(True), {"reason": ""}, LENGTH, "/reason"),
    (common.NOTHING, {"at": "end"}, UNKNOWN, "/at"),
    (money.ORDER, order("0.00"), "CANNOT_BE_ZERO_OR_NEGATIVE", "/purchase_units/0/amount/value"),
    (money.ORDER, order("29.991"), "DECIMAL_PRECISION", "/purchase_units/0/amount/value"),
    (money.ORDER, order("5") | {"intent": "SALE"}, VALUE, "/intent"),
    (money.SALE_REFUND, {"amount": {"currency_code": "EUR", "value": "1"}}, MISSING, "/amount/currency"),
    (money.CAPTURE_REFUND, {"amount": {"total": "1", "currency": "EUR"}}, MISSING, "/amount/currency_code"),
]


@pytest.mark.parametrize(("rule", "body", "issue", "where"), REFUSED, ids=range(len(REFUSED)))
def test_refusal_of_an_invalid_request_body_names_the_issue_and_the_field(
    rule: Rule, body: Any, issue: str, where: str
) -> None:
    with pytest.raises(PayPalError) as caught:
        checked(rule, body)
    first = caught.value.details[0]
    assert (first.issue, first.field) == (issue, where)
    said = caught.value.body("d")
    assert set(said) == {"name", "message", "debug_id", "details", "links"}


@pytest.mark.parametrize(
    "given",
    [
        plan(),
        plan(cycle("1500", "JPY")),
        plan(cycle("29.9", total=12)),
        plan(cycle(None, tenure_type="TRIAL", total=1)),
    ],
    ids=["monthly", "no decimals", "twelve times", "free"],
)
def test_valid_body_is_accepted(given: dict[str, Any]) -> None:
    checked(billing.PLAN, given)


async def test_plan_is_created_listed_changed_and_deactivated(shop: PayPalShop) -> None:
    product = await shop.product()
    key = await shop.plan(product=product, taxes={"percentage": "21", "inclusive": False})
    shown = await shop.call("GET", f"/v1/billing/plans/{key}")
    assert shown["status"] == "ACTIVE"
    assert shown["billing_cycles"][0]["pricing_scheme"]["fixed_price"] == {"currency_code": "EUR", "value": "29.99"}
    assert shown["billing_cycles"][0]["total_cycles"] == 0
    assert shown["payment_preferences"]["payment_failure_threshold"] == 3
    listed = await shop.call("GET", f"/v1/billing/plans?product_id={product}&total_required=true")
    assert ([each["id"] for each in listed["plans"]], listed["total_items"]) == ([key], 1)
    assert "billing_cycles" not in listed["plans"][0]

    change = [{"op": "replace", "path": "/payment_preferences/payment_failure_threshold", "value": 7}]
    await shop.call("PATCH", f"/v1/billing/plans/{key}", change, 204)
    wrong = [{"op": "replace", "path": "/billing_cycles", "value": []}]
    assert await shop.refused("PATCH", f"/v1/billing/plans/{key}", wrong) == "INVALID_PATCH_PATH"
    fixed = {"currency_code": "EUR", "value": "39.99"}
    prices = {"pricing_schemes": [{"billing_cycle_sequence": 1, "pricing_scheme": {"fixed_price": fixed}}]}
    await shop.call("POST", f"/v1/billing/plans/{key}/update-pricing-schemes", prices, 204)
    shown = await shop.call("GET", f"/v1/billing/plans/{key}")
    assert shown["payment_preferences"]["payment_failure_threshold"] == 7
    assert shown["billing_cycles"][0]["pricing_scheme"] == {"version": 2, "fixed_price": fixed}

    await shop.call("POST", f"/v1/billing/plans/{key}/deactivate", status=204)
    assert await shop.refused("POST", f"/v1/billing/plans/{key}/deactivate") == "PLAN_STATUS_INVALID"
    assert await shop.refused("POST", "/v1/billing/subscriptions", {"plan_id": key}) == "PLAN_STATUS_INVALID"
    await shop.call("POST", f"/v1/billing/plans/{key}/activate", status=204)
    await shop.subscribe(key)


async def test_invalid_plans_are_refused(shop: PayPalShop) -> None:
    product = await shop.product()
    second = {**cycle("5", "USD"), "sequence": 2}
    trial = {**cycle("5", tenure_type="TRIAL"), "sequence": 1}
    for cycles, issue in (
        ([{**cycle(), "sequence": 2}], "INVALID_BILLING_CYCLE_SEQUENCE"),
        ([{**trial, "total_cycles": 1}, second], "CURRENCY_MISMATCH"),
        ([trial, {**cycle(), "sequence": 2}], "INVALID_TRIAL_CYCLES"),
        ([{**trial, "total_cycles": 1}], "INVALID_BILLING_CYCLE_TENURE"),
        ([{**cycle(None), "sequence": 1}], "MISSING_PRICING_SCHEME"),
    ):
        body = plan(product_id=product, billing_cycles=cycles)
        assert await shop.refused("POST", "/v1/billing/plans", body) == issue


async def test_repeated_request_creates_one_subscription(shop: PayPalShop) -> None:
    body = {"plan_id": await shop.plan(), "custom_id": "order-1"}
    path, key = "/v1/billing/subscriptions", {"PayPal_Request_Id": "checkout-1"}
    made = await shop.call("POST", path, body, 201, **key)
    assert set(made) == {"id", "status", "create_time", "links"}
    again = await shop.call("POST", path, dict(reversed(body.items())), 200, **key)
    assert again == made
    other = await shop.send("POST", path, {**body, "custom_id": "order-2"}, **key)
    assert (other.status_code, other.json()["details"][0]["issue"]) == (422, "DUPLICATE_REQUEST_ID")
    await shop.control("POST", f"checkouts/{made['id']}/pay")
    assert (await shop.call("POST", path, body, 200, **key))["status"] == "ACTIVE"
    assert (await shop.call("POST", path, body, 201))["id"] != made["id"]
    assert (await shop.send("POST", path, body, PayPal_Request_Id="x" * 109)).status_code == 400
    await shop.advance(hours=73)
    await shop.sign_in()
    assert (await shop.call("POST", path, body, 201, **key))["id"] != made["id"]


async def test_calls_are_logged_and_faults_apply(shop: PayPalShop) -> None:
    subscription = (await shop.subscribed())["id"]
    path = f"/v1/billing/subscriptions/{subscription}"
    name = "POST /v1/billing/subscriptions/{id}/suspend"
    for do, code, said in (("error", 503, "SERVICE_UNAVAILABLE"), ("flood", 429, "RATE_LIMIT_REACHED")):
        await shop.control("PUT", "faults", [{"on": "paypal", "do": do, "code": 503, "method": name, "times": 1}])
        answer = await shop.send("POST", f"{path}/suspend", {"reason": "later"})
        assert (answer.status_code, answer.json()["name"]) == (code, said)
    assert answer.headers["retry-after"] == "30"
    await shop.control(
        "PUT", "faults", [{"on": "paypal", "do": "error_after", "code": 500, "method": name, "times": 1}]
    )
    assert (await shop.send("POST", f"{path}/suspend", {"reason": "later"})).status_code == 500
    assert (await shop.read(subscription))["status"] == "SUSPENDED"
    calls = [each for each in (await shop.control("GET", "calls"))["calls"] if each["method"] == name]
    assert [(each["protocol"], each["state"], each["params"]["reason"]) for each in calls[-1:]] == [
        ("paypal", "failed", "later")
    ]
    assert all(shop.token not in str(each) and SECRET not in str(each) for each in calls)
    await shop.control("PUT", "faults", [{"on": "paypal", "do": "error", "method": "POST /v1/none"}], status=400)
