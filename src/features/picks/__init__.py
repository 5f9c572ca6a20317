"""Feature: posts (picks) that the operator's own programs submit and the bot publishes in every chat of a plan."""
