"""Pages of the Stripe API's lists: newest first, and filtered by the time of creation."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from pydantic import JsonValue

from umbral_sandbox.payments.stripe.ask import Given
from umbral_sandbox.payments.stripe.errors import StripeError, missing_resource
from umbral_sandbox.payments.stripe.records import JsonObject, Record

R = TypeVar("R", bound=Record)


def page(
    records: Iterable[R],
    given: Given,
    url: str,
    draw: Callable[[R], JsonObject],
    kind: str,
    every: Iterable[R] | None = None,
) -> JsonObject:
    """Return one page of ``records`` in the API's format.

    every: all records in which to find the cursor, so that a caller who changes listed objects while paging misses
    none.
    """
    ordered = sorted(records, key=lambda each: each.seq, reverse=True)
    matching = [each for each in ordered if in_time(given, "created", each.created)]
    known = every if every is not None else ordered
    size = given.number("limit") or 10
    after, before = given.text("starting_after"), given.text("ending_before")
    if after is not None and before is not None:
        raise StripeError("You may only specify one of these parameters: ending_before, starting_after.")
    if before is not None:
        index = _index(known, matching, before, kind, "ending_before")
        newer = matching[:index]
        chosen, more = newer[-size:], len(newer) > size
    else:
        start = 0
        if after is not None:
            start = _index(known, matching, after, kind, "starting_after")
            start += start < len(matching) and matching[start].id == after
        chosen, more = matching[start : start + size], len(matching) > start + size
    data: list[JsonValue] = [draw(each) for each in chosen]
    return {"object": "list", "data": data, "has_more": more, "url": url}


def in_time(given: Given, name: str, at: int) -> bool:
    """Return True if a time matches the filter ``name``, which is one time, or bounds."""
    exactly = given.number(name)
    if exactly is not None:
        return at == exactly
    bounds = given.tree(name)
    above, from_, below, to = (bounds.number(each) for each in ("gt", "gte", "lt", "lte"))
    return (
        (above is None or at > above)
        and (from_ is None or at >= from_)
        and (below is None or at < below)
        and (to is None or at <= to)
    )


def _index(known: Iterable[R], matching: list[R], cursor: str, kind: str, param: str) -> int:
    found = next((each for each in known if each.id == cursor), None)
    if found is None:
        raise missing_resource(kind, cursor, param, 400)
    return sum(each.seq > found.seq for each in matching)
