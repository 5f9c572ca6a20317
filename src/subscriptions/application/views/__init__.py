"""Queries that load whole screens from several other packages."""
