"""Use cases of the entry steps of shared channels: advancing, canceling and removing them."""
