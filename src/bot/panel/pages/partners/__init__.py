"""Partners in the panel."""
