"""Partners, who bring customers by their own link and earn a commission on their payments."""
