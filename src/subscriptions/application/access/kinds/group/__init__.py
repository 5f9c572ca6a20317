"""Kind of resource: a supergroup shared by all customers who pay for it."""
