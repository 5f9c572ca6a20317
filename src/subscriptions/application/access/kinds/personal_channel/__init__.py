"""A channel made for each customer and plan."""
