"""Domain rules that do not belong to a single entity, free of side effects."""
