"""Feature: entry steps that a new customer completes before getting the invite link of a shared channel."""
