"""Invoices, their chain of records, and tax numbers."""
