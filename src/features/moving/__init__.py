"""Bring people and running subscriptions in from another system."""
