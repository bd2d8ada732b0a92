"""A small PDF, as base64 text."""

import base64

PDF_BYTES = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PDF = base64.b64encode(PDF_BYTES).decode()
NO_PDF = base64.b64encode(b"<!DOCTYPE html><title>Withdrawn</title>").decode()


def base64_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
