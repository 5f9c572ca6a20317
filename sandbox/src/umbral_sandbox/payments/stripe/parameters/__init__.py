"""Which parameters each call takes, written by hand from the provider's reference.

Where a member of the reference is missing from ``known`` it stands in ``closed``; a test compares both, at
every level, with the types of the official SDK.
"""
