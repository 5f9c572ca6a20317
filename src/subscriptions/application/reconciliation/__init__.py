"""Reconciliation: finding, reporting and repairing differences between Umbral's records and those of providers and
Telegram.
"""
