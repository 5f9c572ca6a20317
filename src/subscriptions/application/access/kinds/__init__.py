"""Kinds of resource. Each kind is a folder whose module `kind` registers a strategy. The folders are discovered
automatically.
"""
