"""What the operator's core sends into every channel of a plan."""
