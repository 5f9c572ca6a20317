"""What each method takes: names, types, required ones, limits. One module per area."""
