"""Parameters of each method: names, types, required fields and limits; one module per area."""
