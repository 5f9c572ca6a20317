"""Figures of the feature, and the measures that are derived from them."""
