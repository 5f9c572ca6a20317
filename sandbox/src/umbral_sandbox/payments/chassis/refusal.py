"""What a hosted page refuses, whatever its provider."""


class CannotPay(Exception):
    """What was to be paid, given back or agreed to is not in the state for that."""
