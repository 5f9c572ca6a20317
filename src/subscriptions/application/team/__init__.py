"""The operator's people: how they are invited, and which roles there are."""
