"""Feature: public record of tips, an append-only chain per plan, with the results of the tips."""
