"""Adapters of the feature."""
