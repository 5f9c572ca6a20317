"""Payment providers, one folder each, which the factory loads by entry points."""
