"""Offer: plans, their prices by payment method, the methods, and the content of public pages."""
