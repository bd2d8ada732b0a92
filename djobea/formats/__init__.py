"""How dates and times are written, by language: as `llm.admin.formatting` writes them, with the year."""
