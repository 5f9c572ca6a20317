"""Texts that the operator edits: change, restore and rules of a text."""
