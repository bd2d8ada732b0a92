"""Wallets over HTTP: balances and forecasts, the ledger, top-ups and declarations."""
