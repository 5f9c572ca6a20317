"""Package for the panel screens of resources; empty."""
