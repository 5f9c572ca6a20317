"""Supergroup shared by all customers who pay for it."""
