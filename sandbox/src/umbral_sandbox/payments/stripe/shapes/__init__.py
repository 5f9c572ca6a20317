"""Wire formats of Stripe's objects, in the newest API version; ``older`` converts them to earlier versions."""
