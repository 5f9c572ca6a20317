"""Phone numbers typed by people: valid ones are normalized, and invalid ones are refused."""

from __future__ import annotations

import pytest

from subscriptions.domain.entities.userbot_account import phone_number
from subscriptions.domain.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("+34 600-111-222", "+34600111222"),
        ("34.600.111.222", "+34600111222"),
        ("(+34)\t600111222", "+34600111222"),
        ("1234567", "+1234567"),
        ("+123456789012345", "+123456789012345"),
    ],
)
def test_valid_phone_number_is_normalized(typed: str, number: str) -> None:
    assert phone_number(typed) == number


@pytest.mark.parametrize("typed", ["", "123456", "1234567890123456", "+34 600 111 222 x", "+34٦٠٠111222", "hello"])
def test_invalid_phone_number_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        phone_number(typed)
    assert refused.value.field == "phone"
