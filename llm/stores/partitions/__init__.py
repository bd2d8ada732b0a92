"""Partitions of calls and attempts on PostgreSQL: one an ISO week of UTC, by the ids, and one for any other row."""
