"""Give days to customers who bring others, and to those whom they bring."""
