"""Channel made for each customer and plan."""
