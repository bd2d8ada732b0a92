"""The moving part: one loop over providers, deadlines, retries. No Django, no SDK."""
