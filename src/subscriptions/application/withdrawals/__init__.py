"""Withdrawal from a contract within the period of consumer law."""
