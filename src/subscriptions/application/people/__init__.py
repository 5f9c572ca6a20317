"""Customers and staff: who they are, what staff may do, what waits for them."""
