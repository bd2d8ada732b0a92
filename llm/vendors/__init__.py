"""The catalogue: vendors as data, and in what their wire differs from OpenAI's. No Django, no SDK, no network."""
