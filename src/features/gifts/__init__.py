"""Sell a plan to one customer who passes it on to another by a link."""
