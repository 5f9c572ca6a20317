"""Scheduled work: the entries with their intervals, and the runner of due entries."""
