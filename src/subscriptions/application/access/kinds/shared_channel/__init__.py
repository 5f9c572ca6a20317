"""Operator's channel shared by all customers who pay for it."""
