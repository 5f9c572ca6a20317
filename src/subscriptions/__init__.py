"""What Umbral is about: subscriptions, what they cost and the access they give."""
