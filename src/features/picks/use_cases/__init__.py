"""Use cases of picks."""
