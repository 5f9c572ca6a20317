"""Withdrawal from a contract in the chat, within the period that consumer law grants."""
