"""Simulation of a year of forty customers in one process: the real use cases and PostgreSQL, with random times, people
and faults.
"""
