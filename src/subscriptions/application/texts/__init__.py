"""Texts that the operator edits: changing one, going back to the default, and what a text has to hold to."""
