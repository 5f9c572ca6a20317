"""Helpers for all commands at the terminal, including the commands of features: database, lists, progress, options."""
