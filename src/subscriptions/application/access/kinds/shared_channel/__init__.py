"""Channel of the operator, shared by all customers who pay for it."""
