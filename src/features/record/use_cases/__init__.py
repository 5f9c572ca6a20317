"""Use cases of the record."""
