"""Entities and policies of the feature."""
