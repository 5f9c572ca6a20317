"""Review reason stored with a payment, which states whether the payment is refunded."""

from __future__ import annotations

from subscriptions.domain.entities.payment import FlagReason, PaymentStatus
from tests.fakes import samples
from tests.fakes.samples import NOON


def test_stored_review_reason_states_whether_the_payment_is_refunded() -> None:
    payment = samples.payment(samples.order(samples.customer(), samples.plan()))
    assert payment.flag_word == ""
    payment.raise_flag(FlagReason.SECOND_CAPTURE)
    assert (payment.status, payment.flag_word) == (PaymentStatus.FLAGGED, "second_capture")
    payment.give_back(NOON)
    assert payment.flag_word == "second_capture_returning"
