"""Wire formats of objects, current and earlier, and billing periods."""

import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.stripe_sandbox import Shop, running_shop
from umbral_sandbox.payments.money import to_minor, to_text
from umbral_sandbox.payments.stripe.periods import add_interval, period_after
from umbral_sandbox.payments.stripe.records import Price
from umbral_sandbox.payments.stripe.shapes.catalog import plan

RECORDED = Path(os.environ.get("UMBRAL_PAYLOADS", "")) / "stripe"
# Members that the provider removed since these objects were recorded, in every version of the simulator.
GONE = {
    "aggregate_usage", "application_fee_amount", "billing_cycle_anchor", "business_name", "default_source",
    "destination", "dispute", "invoice",
    "order", "refunds", "review", "shipping", "shipping_rate", "source", "tax_percent", "tiers",
}  # fmt: skip


@pytest.fixture
async def older() -> AsyncIterator[Shop]:
    async with running_shop(api_version="2024-06-20") as running:
        yield running


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with running_shop() as running:
        yield running


async def lived(shop: Shop) -> dict[str, dict[str, Any]]:
    """Cause every kind of event, and return the last event of each type."""
    subscription = await shop.subscribed()
    await shop.client.v1.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})
    await shop.act(subscription.id, "refund", {"amount": "1.00"})
    await shop.act(subscription.id, "fail_payment")
    await shop.act(subscription.id, "renew")
    await shop.act(subscription.id, "dispute")
    await shop.act(subscription.id, "cancel")
    await shop.advance(seconds=5)
    await shop.received("charge.refunded")
    await shop.received("customer.subscription.deleted")
    await shop.until(lambda: all(each.state == "delivered" for each in shop.payments.deliveries.all()))
    return {each["type"]: each for each in shop.receiver.verified()}


async def test_webhook_objects_of_the_current_api_version_have_fields_only_in_their_new_places(shop: Shop) -> None:
    events = await lived(shop)
    bill = events["invoice.paid"]["data"]["object"]
    assert not {"subscription", "payment_intent", "charge", "paid", "payments"} & set(bill)
    details = bill["parent"]["subscription_details"]
    assert details["metadata"] == {"telegram_id": "7"}
    line = bill["lines"]["data"][0]
    assert line["parent"]["subscription_item_details"]["subscription"] == details["subscription"]
    assert "subscription" not in line
    assert line["pricing"]["type"] == "price_details"
    ended = events["customer.subscription.deleted"]["data"]["object"]
    assert "current_period_end" not in ended
    assert ended["items"]["data"][0]["current_period_end"]
    assert "invoice" not in events["charge.refunded"]["data"]["object"]
    assert not {"customer", "invoice"} & set(events["charge.dispute.created"]["data"]["object"])
    assert {each["api_version"] for each in events.values()} == {"2026-10-28.endive"}
    assert {"refund.created", "refund.updated"} <= set(events)
    assert not any(each["livemode"] or each["data"]["object"].get("livemode") for each in events.values())


async def test_webhook_objects_of_an_earlier_api_version_have_fields_in_their_old_places(older: Shop) -> None:
    events = await lived(older)
    bill = events["invoice.paid"]["data"]["object"]
    assert bill["paid"] is True
    assert bill["subscription"].startswith("sub_")
    assert bill["payment_intent"].startswith("pi_")
    assert bill["charge"].startswith("ch_")
    assert bill["subscription_details"] == {"metadata": {"telegram_id": "7"}}
    assert "parent" not in bill
    [line] = bill["lines"]["data"]
    assert (line["subscription"], line["type"], line["price"]["unit_amount"]) == (
        bill["subscription"], "subscription", 2999,
    )  # fmt: skip
    updated = events["customer.subscription.updated"]["data"]
    assert updated["object"]["current_period_end"]
    assert "current_period_end" not in updated["object"]["items"]["data"][0]
    assert {"current_period_end", "current_period_start", "latest_invoice"} <= set(updated["previous_attributes"])
    assert events["charge.refunded"]["data"]["object"]["invoice"] == bill["id"]
    assert {each["api_version"] for each in events.values()} == {"2024-06-20"}
    assert not {"refund.created", "refund.updated"} & set(events), "told of refunds of charges since 2024-10-28 only"


def recorded() -> list[Path]:
    return sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []


def missing(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Return the members of a recorded object that our object lacks, or has with another type."""
    if isinstance(theirs, dict) and isinstance(ours, dict) and "metadata" not in path:
        lost = [f"{path}.{name}" for name in theirs if name not in ours and name not in GONE]
        return lost + [each for n in theirs if n in ours for each in missing(ours[n], theirs[n], f"{path}.{n}")]
    if isinstance(theirs, list) and isinstance(ours, list) and theirs and ours:
        return missing(ours[0], theirs[0], f"{path}[]")
    if type(ours) is type(theirs) or ours is None or theirs is None:
        return []
    return [f"{path}: {type(ours).__name__} for {type(theirs).__name__}"]


@pytest.mark.skipif(not recorded(), reason="no folder of recorded payloads is configured (UMBRAL_PAYLOADS)")
async def test_simulated_webhooks_have_every_member_of_recorded_webhooks(older: Shop, shop: Shop) -> None:
    old, new = await lived(older), await lived(shop)
    for path in recorded():
        body = json.loads(path.read_text(encoding="utf-8"))
        event_type = path.name.split("__")[0]
        # Recorded late, when the bank's reference was already known.
        event_type = {"refund.created": "refund.updated"}.get(event_type, event_type)
        theirs = body["data"]["object"] if "data" in body else body["object"]
        # Stripe sends old endpoints no events of refunds.
        source = new if "parent" in theirs or event_type not in old else old
        problems = missing(source[event_type]["data"]["object"], theirs)
        assert problems == [], path.name


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("interval", "count", "anchor", "ends"),
    [
        ("month", 1, "2026-01-31", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("month", 3, "2026-11-30", ["2027-02-28", "2027-05-30"]),
        ("year", 1, "2028-02-29", ["2029-02-28", "2030-02-28"]),
        ("week", 2, "2026-12-24", ["2027-01-07", "2027-01-21"]),
        ("day", 30, "2026-02-01", ["2026-03-03"]),
    ],
)
def test_billing_periods_end_on_the_day_of_the_anchor(interval: Any, count: int, anchor: str, ends: list[str]) -> None:
    price = Price(
        id="p", seq=1, created=0, product="x", currency="eur", unit_amount=1, interval=interval, interval_count=count
    )
    start = at(anchor)
    for end in ends:
        start = period_after(start, at(anchor), price)
        assert datetime.fromtimestamp(start, UTC).date().isoformat() == end
    assert add_interval(at(anchor), price, len(ends)) == at(ends[-1])
    assert plan(price)["interval"] == interval


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("29.99", "eur", 2999), ("1500", "jpy", 1500), ("1.005", "kwd", 1005)]
)
def test_converted_amounts_are_exact(text: str, currency: str, minor: int) -> None:
    assert to_minor(text, currency) == minor
    assert to_text(minor, currency) == text


@pytest.mark.parametrize("text", ["", "x", "1.999", "0", "-1", "NaN", "1e99999", "Infinity"])
def test_invalid_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        to_minor(text, "eur")
