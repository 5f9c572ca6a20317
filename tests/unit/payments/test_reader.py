"""Check that the JSON reader shared by the gateways returns the requested type or None."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.infrastructure.providers.reader import Literal, Node

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
MOSCOW = timezone(timedelta(hours=3))


@pytest.mark.parametrize("value", ["", "a\x00b", "\ud800", "x" * 501, 7, True, None, [], {}, Literal("7")])
def test_invalid_text_is_read_as_none(value: Any):
    assert Node({"name": value}).text("name") is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (int(AT.timestamp()), AT),
        (Literal(str(int(AT.timestamp()))), AT),
        ("2026-11-20T09:00:00Z", AT),
        ("2026-11-20T10:00:00+01:00", AT),
        ("2026-11-20 12:00:00", None),
        (str(int(AT.timestamp())), None),
        (0, None),
        (True, None),
        (1.5, None),
        (Literal("1.5"), None),
        (253_402_300_799, None),
        ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("20.11.2026", None),
    ],
)
def test_timestamp_that_is_neither_unix_time_nor_has_a_time_zone_is_read_as_none(value: Any, found: datetime | None):
    assert Node(value).moment() == found


def test_timestamp_without_a_time_zone_uses_the_given_zone():
    assert Node("2026-11-20 12:00:00").moment(zone=MOSCOW) == AT
    assert Node("2026-11-20T09:00:00Z").moment(zone=MOSCOW) == AT


@pytest.mark.parametrize(
    ("value", "number", "count", "decimal"),
    [
        (7, 7, 7, None),
        (-7, -7, -7, None),
        (True, None, None, None),
        (7.0, None, None, None),
        ("7", None, 7, Decimal(7)),
        (Literal("7"), None, 7, Decimal(7)),
        ("0.10", None, None, Decimal("0.10")),
        ("-7", None, None, None),
        ("٧", None, None, None),
        (10**9, 10**9, None, None),
        (2**63, None, None, None),
    ],
)
def test_number_of_another_type_or_out_of_range_is_read_as_none(
    value: Any, number: int | None, count: int | None, decimal: Decimal | None
):
    node = Node(value)

    assert (node.number(), node.count(), node.decimal()) == (number, count, decimal)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.builds(Literal, st.text()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(value=json_values, path=st.lists(st.text(max_size=5) | st.integers(), max_size=3))
def test_reader_never_raises_an_error(value: Any, path: list[str | int]):
    node = Node(value)
    for read in (node.text, node.link, node.ref, node.number, node.count, node.decimal, node.flag, node.moment):
        read(*path)

    assert all(isinstance(each, Node) for each in node.items(*path))
