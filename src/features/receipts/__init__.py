"""Receipts that customers see, and tables of them for the operator."""
