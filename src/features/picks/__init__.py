"""Feature: posts that the operator's own programs submit, and that are published in every chat of a plan."""
