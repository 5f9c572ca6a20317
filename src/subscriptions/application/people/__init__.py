"""Customers and staff: their accounts, the permissions of staff, and conversations with support."""
