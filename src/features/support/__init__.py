"""Customers' questions, which your team answers."""
