"""Pure rules that belong to no single entity."""
