"""Catalog of the shop: plans, prices by payment method, payment methods, and the content of the public pages."""
