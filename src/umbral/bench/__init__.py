"""Benchmarks that an operator can repeat, each on a temporary database."""
