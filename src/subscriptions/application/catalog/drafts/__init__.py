"""Plans in the making."""
