"""Feature: receipts for customers, and tables of all receipts for the operator."""
