"""Subscriptions of customers to plans, kept in sync with their providers."""
