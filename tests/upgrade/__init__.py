"""The version before this one: its sources, its payloads and its rows, to be upgraded from without a pause."""
