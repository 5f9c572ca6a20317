"""Wire formats of the PayPal account's records."""
