"""Whether budgets hold: many calls at once over several workers, with money for few."""
