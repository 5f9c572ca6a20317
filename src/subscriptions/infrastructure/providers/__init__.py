"""Code shared by the payment gateways to read providers' responses, independent of any of them."""
