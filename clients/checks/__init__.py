"""A program for each client. Each runs in that client's own environment and prints a line of JSON a check."""
