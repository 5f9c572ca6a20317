"""Parameters of each call, maintained manually from the provider's reference.

A member of the reference that is missing from ``known`` must be in ``closed``. A test compares both, at every level,
with the types of the official SDK.
"""
