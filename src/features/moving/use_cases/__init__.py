"""Use cases that import people and subscriptions from another system."""
