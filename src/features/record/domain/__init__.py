"""Entities and rules of the tip record: hash chain, tips, settlements, figures and posts."""
