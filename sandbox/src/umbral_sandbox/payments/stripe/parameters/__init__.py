"""Parameters of each call, written by hand from the provider's reference.

A member of the reference that is missing from ``known`` is in ``closed``; a test compares both, at every level, with
the types of the official SDK.
"""
