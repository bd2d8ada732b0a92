"""Reads the tags of a request: a short list of names by which its caller sorts costs and calls."""

import re
from collections.abc import Iterable

MAX_TAGS = 10
MAX_LENGTH = 64
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]*\Z")


class BadTags(ValueError):
    """The tags break a bound; the message says which."""


def read_tags(texts: Iterable[str]) -> tuple[str, ...]:
    """The tags of comma lists, each once, in their order. Raises BadTags."""
    tags = dict.fromkeys(tag.strip() for text in texts for tag in text.split(",") if tag.strip())
    if len(tags) > MAX_TAGS:
        raise BadTags(f"At most {MAX_TAGS} tags are allowed.")
    for tag in tags:
        if len(tag) > MAX_LENGTH:
            raise BadTags(f"The tag {tag[:MAX_LENGTH]!r}… has more than {MAX_LENGTH} characters.")
        if not _TAG.match(tag):
            raise BadTags(
                f"The tag {tag!r} may hold letters, digits and . _ : / - only, and begins with one of the former."
            )
    return tuple(tags)
