"""Use cases for promotions, one per file."""
