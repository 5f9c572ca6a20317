"""Reconciliation: differences between the records here and those of providers and Telegram are found, reported and
repaired.
"""
