"""Breaks every step of every flow, each in every way it can break, and looks whether the promises held."""
