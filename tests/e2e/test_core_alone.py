"""Main flow of `test_life.py` with the core only and every feature off."""

from __future__ import annotations

import pytest

from tests.e2e.test_life import (
    test_cancellation_in_the_chat_keeps_access_until_the_period_end,
    test_failed_payment_ends_access_after_the_grace_period,
    test_first_payment_gives_access,
    test_full_refund_ends_access,
    test_lost_dispute_ends_access,
    test_renewal_is_announced_and_extends_access,
)

__all__ = [
    "test_cancellation_in_the_chat_keeps_access_until_the_period_end",
    "test_failed_payment_ends_access_after_the_grace_period",
    "test_first_payment_gives_access",
    "test_full_refund_ends_access",
    "test_lost_dispute_ends_access",
    "test_renewal_is_announced_and_extends_access",
]
pytestmark = [pytest.mark.e2e, pytest.mark.exhaustive]

SETTINGS = {"FEATURES": "none", "SWEEP_GUARD": "100"}
