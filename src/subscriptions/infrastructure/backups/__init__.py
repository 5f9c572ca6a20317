"""Copies of the database outside it: made, kept, proved and brought back."""
