"""Feature: activity feed, which notifies owners and their groups about sales and other business events."""
