"""A year of vendors' outages, replayed through the gateway's decisions on a simulated clock."""
