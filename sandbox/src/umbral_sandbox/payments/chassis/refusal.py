"""Refusal of a hosted page, common to all providers."""


class CannotPay(Exception):
    """Refusal to pay, refund or accept an object that is in the wrong state."""
