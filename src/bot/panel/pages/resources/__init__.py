"""Package for the panel pages of resources; empty."""
