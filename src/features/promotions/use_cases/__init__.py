"""Use cases of this feature, one per file."""
