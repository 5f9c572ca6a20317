"""Parameters of each method: names, types, required ones, limits. One module per area."""
