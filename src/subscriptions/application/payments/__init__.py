"""Payments and refunds: the effects of a provider's event on a purchase."""
