"""The vendors' lists of models over time."""
