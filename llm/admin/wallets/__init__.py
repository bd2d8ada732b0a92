"""The screens of wallets and of their ledgers."""
