"""Helpers of all commands at the terminal, including features' commands: database, lists, progress, options."""
