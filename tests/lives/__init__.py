"""Random histories of simulated customers ("lives"): steps in any order, judged by the events in the simulated world
and not by the product's records.
"""
