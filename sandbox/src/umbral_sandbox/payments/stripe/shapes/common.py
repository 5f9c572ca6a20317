"""Parts that several of Stripe's wire formats contain."""

from collections.abc import Iterable

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.records import JsonObject


def listing(url: str, objects: Iterable[JsonObject], total: bool = False) -> JsonObject:
    """Return a complete list inside an object."""
    data: list[JsonValue] = [*objects]
    shape: JsonObject = {"object": "list", "data": data, "has_more": False, "url": url}
    if total:
        shape["total_count"] = len(data)
    return shape


def pairs(metadata: dict[str, str]) -> JsonObject:
    """Return metadata as JSON."""
    return dict(metadata.items())


def discount_of(subscription: str) -> str:
    """Return the id of a subscription's discount."""
    return f"di_{subscription.removeprefix('sub_')}"
