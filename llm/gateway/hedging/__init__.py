"""Two attempts at once: the race to the first token, and the purse that bounds what it costs."""
