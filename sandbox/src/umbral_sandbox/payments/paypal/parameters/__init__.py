"""Parameters of each call."""
