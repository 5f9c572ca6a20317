"""The repositories of the domain's ports, one module each, on one connection of a unit of work."""
