"""Withdrawal from a contract within the period that consumer law grants."""
