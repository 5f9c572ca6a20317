"""Hand-written stand-ins for our own ports, held to the same contract as the real ones."""
