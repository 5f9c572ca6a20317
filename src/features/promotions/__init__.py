"""Discount codes that reduce a price or give days."""
