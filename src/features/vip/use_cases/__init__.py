"""Use cases of the feature."""
