"""The audit of what the product is made of: its packages and its own code. Runs in .venv-tools."""
