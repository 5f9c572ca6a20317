"""Give days to referrers and to the customers they refer."""
