"""Use cases for gifts, one per file."""
