"""The use cases: one file each, driven by the processes, talking to the world through the domain's ports."""
