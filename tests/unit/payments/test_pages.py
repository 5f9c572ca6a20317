"""Check that a provider's list with a circular cursor is neither read forever nor treated as complete."""

from __future__ import annotations

import pytest

from subscriptions.domain.ports.payment_gateway import GatewayRejected
from subscriptions.infrastructure.providers.pages import Onward


def test_provider_list_is_read_until_its_last_page() -> None:
    onward = Onward("acme")
    assert [onward(each) for each in ("b", "c", None)] == ["b", "c", None]


def test_page_that_was_already_read_is_refused() -> None:
    onward = Onward("acme")
    onward("b")
    onward("c")
    with pytest.raises(GatewayRejected, match="acme: its list leads back"):
        onward("b")
