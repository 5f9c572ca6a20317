"""Channel that belongs to one customer and one plan."""
