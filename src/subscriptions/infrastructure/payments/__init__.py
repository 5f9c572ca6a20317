"""Payment providers: one folder each, found by the factory through an entry point."""
