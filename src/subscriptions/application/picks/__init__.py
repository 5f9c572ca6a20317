"""Posts that the operator's own system submits and that are published in every channel of a plan."""
