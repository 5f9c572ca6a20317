"""Exception for a payer's action that a hosted page refuses, common to all providers."""


class CannotPay(Exception):
    """Raised if an object cannot be paid, refunded or accepted in its current state."""
