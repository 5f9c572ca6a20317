"""Pieces several shapes share."""

from collections.abc import Iterable

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.records import JsonObject


def listing(url: str, objects: Iterable[JsonObject], total: bool = False) -> JsonObject:
    """A whole list inside an object."""
    data: list[JsonValue] = [*objects]
    shape: JsonObject = {"object": "list", "data": data, "has_more": False, "url": url}
    if total:
        shape["total_count"] = len(data)
    return shape


def pairs(metadata: dict[str, str]) -> JsonObject:
    """Metadata as JSON."""
    return dict(metadata.items())
