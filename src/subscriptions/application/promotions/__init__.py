"""Promotion codes: who may pay less by which, what a purchase costs by them, and how far they led."""
