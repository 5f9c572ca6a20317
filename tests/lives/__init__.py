"""Random lives of customers: steps in any order, judged by the events in the world and not by the product's records."""
