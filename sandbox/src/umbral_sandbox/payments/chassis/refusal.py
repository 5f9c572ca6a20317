"""Refusal of a hosted page, common to all providers."""


class CannotPay(Exception):
    """Error: an object cannot be paid, refunded or accepted in its current state."""
