"""Refusal of a hosted page, common to all providers."""


class CannotPay(Exception):
    """Raised if an object cannot be paid, refunded or accepted in its current state."""
