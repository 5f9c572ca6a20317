"""Use cases that calculate, store and return statistics."""
