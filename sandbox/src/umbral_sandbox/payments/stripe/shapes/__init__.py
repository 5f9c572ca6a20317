"""Wire formats of the objects, in the newest API version; ``older`` converts them to earlier versions."""
