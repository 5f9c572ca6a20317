"""Watermarks in texts and pictures, and the conclusions from a leaked copy."""
