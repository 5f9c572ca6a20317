"""A feature of Umbral."""
