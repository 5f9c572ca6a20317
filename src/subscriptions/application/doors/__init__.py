"""Who asks to come into a channel, who is inside, and who is put out, as the owning account sees and does it."""
