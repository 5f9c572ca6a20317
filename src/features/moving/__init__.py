"""Feature: import of customers and running subscriptions from another system."""
