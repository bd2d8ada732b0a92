"""Drills of routing: what each strategy does for callers, measured."""
