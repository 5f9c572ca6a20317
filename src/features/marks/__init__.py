"""Mark each customer's copy of a pick, and name the customer whose copy was leaked."""
