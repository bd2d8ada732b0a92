"""The HTTP kit of every endpoint: credentials, bodies, errors, pages, idempotency, server-sent events."""
