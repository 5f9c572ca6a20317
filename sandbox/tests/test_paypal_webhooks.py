"""PayPal webhooks: the exact bytes and their signature, the call that verifies a webhook, and retries."""

import json
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import verification

from tests.support.paypal_sandbox import PayPalShop, running_paypal, verify
from umbral_sandbox.payments.paypal.certificates import COMMON_NAME
from umbral_sandbox.payments.paypal.notifications import raw_member
from umbral_sandbox.payments.paypal.signing import PATIENCE, signed_text
from umbral_sandbox.payments.webhooks import Delivery

VERIFY = "/v1/notifications/verify-webhook-signature"
RECORDED = Path(os.environ.get("UMBRAL_PAYLOADS", "")) / "paypal"


@pytest.fixture
async def shop() -> AsyncIterator[PayPalShop]:
    async with running_paypal() as running:
        yield running


def asked(headers: dict[str, str], webhook: str, event: str) -> str:
    """Return the body of the verify call, with the event's own text inserted."""
    named = {
        "auth_algo": headers["paypal-auth-algo"],
        "cert_url": headers["paypal-cert-url"],
        "transmission_id": headers["paypal-transmission-id"],
        "transmission_sig": headers["paypal-transmission-sig"],
        "transmission_time": headers["paypal-transmission-time"],
        "webhook_id": webhook,
    }
    return json.dumps(named)[:-1] + ', "webhook_event": ' + event + "}"


async def verified(shop: PayPalShop, body: str) -> str:
    head = {"Authorization": f"Bearer {shop.token}", "Content-Type": "application/json"}
    answer = await shop.http.post(shop.base + VERIFY, content=body.encode(), headers=head)
    assert answer.status_code == 200, answer.text
    return answer.json()["verification_status"]


async def test_only_the_exact_bytes_of_a_webhook_pass_verification(shop: PayPalShop) -> None:
    await shop.subscribe()
    await shop.received("BILLING.SUBSCRIPTION.CREATED")
    body, headers = shop.receiver.bodies[0].decode(), shop.receiver.headers[0]
    assert await verified(shop, asked(headers, shop.webhook_id, body)) == "SUCCESS"
    event = json.loads(body)
    for other in (json.dumps(event), json.dumps(event, sort_keys=True), body.replace("order-1", "order-2")):
        assert await verified(shop, asked(headers, shop.webhook_id, other)) == "FAILURE"
    assert await verified(shop, asked(headers, "0JH86294D6297924G", body)) == "FAILURE"
    elsewhere = headers | {"paypal-cert-url": "https://example.com/v1/notifications/certs/CERT-1"}
    assert await verified(shop, asked(elsewhere, shop.webhook_id, body)) == "FAILURE"
    assert await shop.refused("POST", VERIFY, {"auth_algo": "x"}, 400) == "MISSING_REQUIRED_PARAMETER"

    pem = (await shop.http.get(headers["paypal-cert-url"])).text
    with pytest.raises(InvalidSignature):
        verify(body.encode(), headers, event["id"].replace("WH-", ""), pem, shop.ca_pem)
    certificate = x509.load_pem_x509_certificate(pem.encode())
    [name] = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    assert str(name.value).endswith(".paypal.com")
    assert (await shop.http.get(f"{shop.base}/v1/notifications/certs/CERT-0")).status_code == 404


async def test_certificate_is_renewed_before_it_expires(shop: PayPalShop) -> None:
    await shop.subscribe()
    await shop.received("BILLING.SUBSCRIPTION.CREATED")
    await shop.advance(days=390)
    await shop.sign_in()
    await shop.subscribe()
    await shop.received("BILLING.SUBSCRIPTION.CREATED", 2)
    urls = [each["paypal-cert-url"] for each in shop.receiver.headers]
    assert urls[0] != urls[-1]
    certificate = x509.load_pem_x509_certificate((await shop.http.get(urls[-1])).content)
    assert certificate.not_valid_before_utc < shop.world.clock.now() < certificate.not_valid_after_utc


async def tried_again(shop: PayPalShop, delivery: Delivery) -> None:
    seen = delivery.tries
    shop.world.clock.advance(timedelta(hours=5))
    shop.world.commit()
    await shop.until(lambda: delivery.tries > seen)


async def test_certificate_can_include_its_issuer(shop: PayPalShop) -> None:
    await shop.control("POST", "providers/paypal", {"chain": "whole"})
    await shop.subscribe()
    await shop.until(lambda: bool(shop.receiver.bodies))
    body, headers = shop.receiver.bodies[0], shop.receiver.headers[0]
    [leaf, between] = x509.load_pem_x509_certificates((await shop.http.get(headers["paypal-cert-url"])).content)
    pems = [each.public_bytes(serialization.Encoding.PEM).decode() for each in (leaf, between)]
    verify(body, headers, shop.webhook_id, pems[0], pems[1])
    # A library that builds chains as browsers do accepts it too.
    trusted = verification.Store([x509.load_pem_x509_certificate(shop.ca_pem.encode())])
    builder = verification.PolicyBuilder().store(trusted).time(shop.world.clock.now())
    builder.build_server_verifier(x509.DNSName(COMMON_NAME)).verify(leaf, [between])


async def test_refused_webhook_is_repeated_with_another_transmission_id(shop: PayPalShop) -> None:
    shop.receiver.status = 500
    await shop.subscribe()
    await shop.received("BILLING.SUBSCRIPTION.CREATED")
    [delivery] = shop.payments.deliveries.all()
    await shop.until(lambda: delivery.tries == 1)
    await tried_again(shop, delivery)
    # Simulates the earlier refusals: the next one is the last.
    delivery.refusals = 24
    await tried_again(shop, delivery)
    assert (delivery.state, delivery.tries) == ("failed", 3)
    assert len({each["paypal-transmission-id"] for each in shop.receiver.headers}) == 3
    assert len(set(shop.receiver.bodies)) == 1
    assert len({each["id"] for each in shop.receiver.events()}) == 1
    await shop.check_signatures()
    shop.receiver.status = 200
    assert (await shop.control("POST", f"deliveries/{delivery.id}/again"))["state"] == "delivered"


def test_webhook_is_retried_for_three_days() -> None:
    pauses = [PATIENCE.later[min(each, len(PATIENCE.later) - 1)] for each in range(24)]
    assert timedelta(days=2.9) < sum(pauses, timedelta()) <= timedelta(days=3)
    assert PATIENCE.refusals == 25


async def test_webhook_forged_by_a_fault_fails_signature_verification(shop: PayPalShop) -> None:
    await shop.control("PUT", "faults", [{"on": "webhooks", "do": "forge", "times": 1}])
    await shop.subscribe()
    await shop.until(lambda: bool(shop.receiver.bodies))
    body, headers = shop.receiver.bodies[0], shop.receiver.headers[0]
    pem = (await shop.http.get(headers["paypal-cert-url"])).text
    with pytest.raises(InvalidSignature):
        verify(body, headers, shop.webhook_id, pem, shop.ca_pem)


async def test_webhooks_can_be_managed_and_events_resent(shop: PayPalShop) -> None:
    hooks = "/v1/notifications/webhooks"
    [main] = (await shop.call("GET", hooks))["webhooks"]
    assert (main["id"], main["url"]) == (shop.webhook_id, shop.receiver.url)
    wanted = [{"name": "BILLING.SUBSCRIPTION.CREATED"}]
    assert await shop.refused("POST", hooks, {"url": "x", "event_types": wanted}, 400) == "VALIDATION_ERROR"
    unknown = {"url": f"{shop.receiver.url}?2", "event_types": [{"name": "PAYMENT.SALE.PAID"}]}
    assert await shop.refused("POST", hooks, unknown, 400) == "INVALID_EVENT_TYPE"
    taken = {"url": shop.receiver.url, "event_types": wanted}
    assert await shop.refused("POST", hooks, taken, 400) == "WEBHOOK_URL_ALREADY_EXISTS"
    made = await shop.call("POST", hooks, {"url": f"{shop.receiver.url}?2", "event_types": wanted}, 201)
    await shop.subscribe()
    await shop.until(lambda: len(shop.receiver.bodies) == 2)
    await shop.call("DELETE", f"{hooks}/{made['id']}", status=204)
    assert await shop.refused("GET", f"{hooks}/{made['id']}", status=404) == "INVALID_RESOURCE_ID"
    await shop.subscribe()
    await shop.until(lambda: len(shop.receiver.bodies) == 3)

    first = await shop.call("GET", "/v1/notifications/webhooks-events?page_size=1&start_time=2020-01-01T00:00:00Z")
    [event] = first["events"]
    [further] = [each["href"] for each in first["links"] if each["rel"] == "next"]
    second = await shop.call("GET", further[further.index("/v1/") :])
    assert second["events"][0]["id"] != event["id"]
    early = "/v1/notifications/webhooks-events?end_time=2020-01-01T00:00:00Z"
    assert (await shop.call("GET", early))["events"] == []
    assert await shop.refused("GET", early.replace("2020", "soon"), status=400) == "VALIDATION_ERROR"

    assert event["event_type"] == "BILLING.SUBSCRIPTION.CREATED"
    await shop.call("POST", f"/v1/notifications/webhooks-events/{event['id']}/resend", {}, 202)
    await shop.until(lambda: len(shop.receiver.bodies) == 4)
    assert shop.receiver.bodies[3] == shop.receiver.bodies[2]

    await shop.call("DELETE", f"{hooks}/{main['id']}", status=204)
    await shop.subscribe()
    newest = await shop.call("GET", "/v1/notifications/webhooks-events?page_size=1")
    assert newest["events"] == [event], "what no webhook asks for is not listed"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"webhook_event": {"a": 1.0, "é": "}\\""} }', '{"a": 1.0, "é": "}\\""}'),
        ('{"x":{"webhook_event":1},"webhook_event" :  [1,2 ] , "y":2}', "[1,2 ]"),
        ('{ "webhook_event":null}', "null"),
        ("{}", ""),
        ('{"x": 1}', ""),
    ],
    ids=["odd text", "between other members", "null", "empty", "missing"],
)
def test_raw_json_member_is_returned_as_written(text: str, value: str) -> None:
    assert raw_member(text, "webhook_event") == value


def recorded(name: str) -> dict[str, Any]:
    return json.loads((RECORDED / name).read_text())


def names(shape: Any, path: str = "") -> set[str]:
    """Return the path of every member of a JSON value. All elements of a list share one path."""
    if isinstance(shape, list):
        return {each for inner in shape for each in names(inner, f"{path}[]")}
    if not isinstance(shape, dict):
        return set()
    return {each for name, inner in shape.items() for each in {f"{path}.{name}"} | names(inner, f"{path}.{name}")}


@pytest.mark.skipif(not RECORDED.is_dir(), reason="no folder of recorded payloads is configured (UMBRAL_PAYLOADS)")
async def test_simulated_webhooks_have_the_fields_of_recorded_webhooks(shop: PayPalShop) -> None:
    vector = recorded("signature-vector.PAYMENT.SALE.COMPLETED__paypal-PayPal-Python-SDK.json")
    parts = (vector["transmission_id"], vector["timestamp"], vector["webhook_id"])
    assert signed_text(*parts, vector["event_body"].encode()) == vector["signed_string"]

    made = await shop.subscribe()
    whole = recorded("resource.subscription.v2__paypal-paypal-rest-api-specifications.json")
    only_shipped = {each for each in names(whole) if "shipping_address" in each}
    assert names(whole) - only_shipped - names(made) == {".subscriber.email_address", ".subscriber.payer_id"}
    await shop.control("POST", f"checkouts/{made['id']}/pay", {"webhooks": "before"})
    await shop.act(made["id"], "refund")
    [sale] = await shop.received("PAYMENT.SALE.COMPLETED")
    [refund] = await shop.received("PAYMENT.SALE.REFUNDED")
    await shop.control("POST", "providers/paypal", {"events": "1.0"})
    await shop.act(made["id"], "cancel")
    [cancelled] = await shop.received("BILLING.SUBSCRIPTION.CANCELLED")
    old = names(recorded("BILLING.SUBSCRIPTION.CANCELLED__HearthSim-dj-paypal.json"))
    unknown = {each for each in old - names(cancelled) if "charge_models" not in each and "shipping" not in each}
    # This plan has no end.
    assert unknown == {".resource.agreement_details.final_payment_due_date"}
    # Members that the provider adds when an event is fetched later, and those of other kinds of payment.
    later = {".status", ".transmissions", ".links[].encType", ".resource.parent_payment"}
    for said, name in (
        (sale, "PAYMENT.SALE.COMPLETED.from-subscription__HearthSim-dj-paypal.json"),
        (refund, "PAYMENT.SALE.REFUNDED__HearthSim-dj-paypal.json"),
    ):
        missing = names(recorded(name)) - names(said)
        assert {each for each in missing if not each.startswith(".transmissions[]")} <= later
