"""Adapters of the record: a source of results, the public channel, and the picture."""
