"""A provider's list that leads in a circle is not read for ever, and not taken for a whole one."""

from __future__ import annotations

import pytest

from subscriptions.domain.ports.payment_gateway import GatewayRejected
from subscriptions.infrastructure.providers.pages import Onward


def test_on_to_the_last_page() -> None:
    onward = Onward("acme")
    assert [onward(each) for each in ("b", "c", None)] == ["b", "c", None]


def test_back_to_a_page_that_was_read_is_refused() -> None:
    onward = Onward("acme")
    onward("b")
    onward("c")
    with pytest.raises(GatewayRejected, match="acme: its list leads back"):
        onward("b")
