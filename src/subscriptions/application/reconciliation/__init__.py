"""Reconciliation: find, report and repair differences between Umbral's records and those of providers and Telegram."""
