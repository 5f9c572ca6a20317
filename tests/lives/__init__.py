"""Random lives of customers: acts in any order, compared with what happened in the world and not with the product's
records.
"""
