"""Use cases for customers who are imported from another system."""
