"""Queries that load the data of a whole screen from several other packages."""
