"""A year of forty customers in one process: the real use cases and PostgreSQL; time, people and faults are drawn."""
