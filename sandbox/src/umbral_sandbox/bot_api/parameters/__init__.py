"""Parameters of each method: names, types, requiredness, limits; one module per area."""
