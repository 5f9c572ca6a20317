"""Texts that the operator can edit: commands to change and reset a text, and the rules for a valid text."""
