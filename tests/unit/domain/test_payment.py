"""What a payment is called by texts and logs."""

from __future__ import annotations

from subscriptions.domain.entities.payment import FlagReason, PaymentStatus
from tests.fakes import samples
from tests.fakes.samples import NOON


def test_the_word_of_a_flag_says_whether_the_money_goes_back() -> None:
    payment = samples.payment(samples.order(samples.customer(), samples.plan()))
    assert payment.flag_word == ""
    payment.raise_flag(FlagReason.SECOND_CAPTURE)
    assert (payment.status, payment.flag_word) == (PaymentStatus.FLAGGED, "second_capture")
    payment.give_back(NOON)
    assert payment.flag_word == "second_capture_returning"
