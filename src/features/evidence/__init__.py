"""Answer disputes with everything that is on record about a payment."""
