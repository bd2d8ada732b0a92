"""The operator console: overview, calls, spending, latency. A view parses, asks one service and shows."""
