"""Refusal of a hosted page, common to all providers."""


class CannotPay(Exception):
    """An object to be paid, refunded or accepted is in the wrong state."""
