"""Analytics over many calls: seeded by COPY, summed, and asked every question."""
