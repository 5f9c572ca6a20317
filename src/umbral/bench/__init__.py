"""Measurements an operator can repeat, each against a database of its own that is thrown away."""
