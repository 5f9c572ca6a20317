"""Public record of a plan: its tips as published, their results, and the statistics."""
