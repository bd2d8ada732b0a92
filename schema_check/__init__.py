"""`make check-api`: generated requests against the running product, judged by its own OpenAPI schema."""
