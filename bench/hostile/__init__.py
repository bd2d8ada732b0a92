"""A hostile vendor, and what the gateway makes of it: memory, the longest wait of others, what the caller gets."""
