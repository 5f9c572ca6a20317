"""Public record of a plan: its tips as published, the results of the tips, and the statistics."""
