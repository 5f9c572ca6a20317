"""Invoices, the hash chain of invoice records reported to the tax office, and the validation of tax numbers."""
