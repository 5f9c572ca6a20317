"""Scheduled work: a table of tasks with their intervals, and a runner of due tasks."""
