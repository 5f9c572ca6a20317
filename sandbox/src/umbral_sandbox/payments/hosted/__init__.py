"""Hosted payment pages: one template for every provider, in the payer's language."""
