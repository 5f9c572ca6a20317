"""Withdrawing from a contract within the time that consumer law gives for it."""
