"""Hosted payment pages: one calm template for every provider, in the payer's language."""
