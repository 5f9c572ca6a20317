"""Use cases that accept posts (picks) and tips, and report their progress."""
