"""Sending to the operator's own programs, at addresses that were looked at first."""
