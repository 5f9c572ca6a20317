"""What the payment gateways share: reading what providers answer. It knows none of them."""
