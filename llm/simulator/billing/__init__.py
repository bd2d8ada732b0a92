"""What the simulated vendors bill, and their reports of it over HTTP."""
