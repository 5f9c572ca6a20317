"""Import of people and running subscriptions from another system."""
