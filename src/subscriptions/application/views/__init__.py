"""Queries that load whole screens, using several other packages."""
