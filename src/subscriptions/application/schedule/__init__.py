"""Scheduled work: a table of what runs how often, and a runner for what is due."""
