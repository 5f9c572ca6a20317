"""Conformance kit: a gateway against its provider's simulator, and its required behaviour."""
