"""Personal channels: made, equipped, guarded, given up, by the accounts that own them."""
