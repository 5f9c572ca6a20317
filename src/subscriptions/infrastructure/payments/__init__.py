"""Payment providers, one folder each. The factory loads them by entry points."""
