"""Ports of the tip record: repository, results source and public channel."""
