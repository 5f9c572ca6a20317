"""Owners and their groups hear how the business goes."""
