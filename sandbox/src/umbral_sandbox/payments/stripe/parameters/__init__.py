"""Validation rules of the parameters of each operation, maintained manually from Stripe's API reference.

A member of the reference that is missing from ``known`` must be in ``closed``. A test compares both, at every level,
with the types of the official SDK.
"""
