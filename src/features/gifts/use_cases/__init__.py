"""Use cases of the feature, one per file."""
