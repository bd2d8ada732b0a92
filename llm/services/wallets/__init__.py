"""Wallets: what vendors' accounts hold, how long it lasts, and what operators and vendors say of it."""
