"""The conformance kit: a gateway before its provider's stand-in, and what it has to do there."""
