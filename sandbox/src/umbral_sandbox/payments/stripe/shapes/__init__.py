"""The objects as they look on the wire, in the newest API version; ``older`` turns them into earlier ones."""
