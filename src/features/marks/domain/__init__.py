"""Watermarks in texts and pictures, and the identification of the customer from a leaked copy."""
