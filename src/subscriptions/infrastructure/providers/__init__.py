"""Code shared by the payment gateways for reading providers' answers. It does not depend on any provider."""
