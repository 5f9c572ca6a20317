"""Offer the shop's API to a language model by the Model Context Protocol."""
