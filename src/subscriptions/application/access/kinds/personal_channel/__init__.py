"""Kind of resource: a channel that belongs to one customer and one plan."""
