"""Feature: import of customers, members of chats and running subscriptions from another system."""
