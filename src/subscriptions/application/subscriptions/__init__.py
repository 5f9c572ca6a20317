"""The standing agreement of a customer to a plan, kept in step with its provider."""
