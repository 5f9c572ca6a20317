"""Asks customers who cancelled why, and counts the answers."""
