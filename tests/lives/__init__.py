"""Random lives of customers: every act in any order, judged by what the world did and not by what the product noted."""
