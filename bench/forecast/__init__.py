"""The forecast of wallets over simulated months: `python -m bench.forecast [--seeds 20] [--json]`."""
