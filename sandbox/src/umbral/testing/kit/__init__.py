"""Conformance kit: a gateway against its provider's stand-in, and its required behaviour."""
