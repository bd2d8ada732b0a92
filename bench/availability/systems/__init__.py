"""What stands between callers and vendors: the gateway, a fixed cooldown, Claude alone."""
