"""Pydantic models of the parameters of each Bot API method: names, types, required fields and limits; one module per
area.
"""
