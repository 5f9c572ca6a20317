"""Watermarks in texts and pictures, and conclusions from a leaked copy."""
