"""Break every step of every flow in every possible way, and check that the promises hold."""
