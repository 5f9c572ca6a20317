"""Feature: questions of customers, which staff answers."""
