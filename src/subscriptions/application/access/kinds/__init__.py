"""Kinds of resource. Each is a folder whose module `kind` registers a strategy; folders are discovered
automatically.
"""
