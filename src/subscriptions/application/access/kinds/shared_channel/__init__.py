"""Kind of resource: a channel of the operator, shared by all customers who pay for it."""
