"""Conformance kit: tests of a gateway's required behaviour against its provider's simulator."""
