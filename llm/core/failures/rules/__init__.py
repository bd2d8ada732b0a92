"""The classifier's evidence tables: what a vendor's code, word or status means. Rows only, no flow."""
