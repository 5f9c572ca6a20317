"""Implementations of the domain's repositories, one module each, on the connection of a unit of work."""
