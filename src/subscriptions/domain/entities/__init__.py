"""Entities, with their state, allowed transitions and recorded events."""
