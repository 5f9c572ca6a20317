"""Posts that the operator's core publishes in every channel of a plan."""
