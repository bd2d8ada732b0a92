"""Reads a paged report over HTTP with an admin key: bounded in bytes, pages and time; addresses are judged."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
import httpx2

from llm.adapters.bounds import LIST_BYTES
from llm.adapters.transport.client import new_pool
from llm.adapters.transport.error_body import bounded_body
from llm.adapters.transport.failures import translated
from llm.adapters.transport.guard import AddressRefused, refusal_in, refused_address
from llm.adapters.transport.pool import let_go
from llm.adapters.transport.unpacking import unpacked
from llm.core.addresses.judge import address_fault
from llm.core.addresses.reach import PUBLIC, Reach
from llm.core.exceptions import ReportUnavailable
from llm.core.failures.masking import mask_secrets

MAX_PAGES = 200
PAGE_S = 30.0
"""Seconds for one page, from the connection to its last byte."""
WHOLE_S = 180.0
"""Seconds for all pages of one report."""
MAX_MESSAGE = 300
"""Characters of a vendor's refusal that are shown."""

Query = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAccount:
    """Where a report is asked for. `base_url` is the provider's own, as its adapter takes it."""

    name: str
    kind: str
    base_url: str
    admin_key: str = field(repr=False)
    reach: Reach = PUBLIC


class Pages:
    """The connection for one account's reports. Use as an async context manager."""

    def __init__(self, account: ReportAccount) -> None:
        self.account = account
        self._pool = new_pool(account.reach)

    async def __aenter__(self) -> Self:
        if fault := address_fault(self.account.base_url, self.account.reach):
            raise self.unavailable(refused_address(fault).message)
        if not self.account.admin_key.isascii() or not self.account.admin_key.isprintable():
            raise self.unavailable("the admin key has characters that no key has")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.close()

    def unavailable(self, why: str) -> ReportUnavailable:
        why = mask_secrets(why.replace(self.account.admin_key, "***") if self.account.admin_key else why)
        return ReportUnavailable(f"The report of {self.account.name} could not be read: {why}.")

    async def buckets(self, path: str, query: Query, headers: Mapping[str, str]) -> list[dict[str, Any]]:
        """The objects of `data` of every page. Both vendors page by `has_more` and `next_page`.

        Raises ReportUnavailable.
        """
        page: str | None = None
        buckets: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(WHOLE_S):
                for _ in range(MAX_PAGES):
                    body = await self._page(path, [*query, *([("page", page)] if page else [])], headers)
                    rows, page = body.get("data"), body.get("next_page")
                    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                        raise self.unavailable(f"{path} has no list `data` of objects")
                    buckets += rows
                    if not body.get("has_more"):
                        return buckets
                    if not page or not isinstance(page, str):
                        raise self.unavailable(f"{path} says has_more without a next_page")
        except TimeoutError:
            raise self.unavailable(f"{path} took longer than {WHOLE_S:.0f} s") from None
        raise self.unavailable(f"{path} has more than {MAX_PAGES} pages")

    async def _page(self, path: str, query: Query, headers: Mapping[str, str]) -> dict[str, Any]:
        url = f"{self.account.base_url.rstrip('/')}{path}?{urlencode(query)}"
        try:
            async with asyncio.timeout(PAGE_S):
                status, content = await self._get(url, headers)
        except TimeoutError:
            raise self.unavailable(f"{path} took longer than {PAGE_S:.0f} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, AddressRefused) as error:
            refused = refusal_in([error, *([error.__cause__] if error.__cause__ else [])])
            raise self.unavailable(str(refused) if refused else f"{path}: {type(error).__name__}") from error
        if status != 200:
            raise self.unavailable(f"{path} answered HTTP {status}{_message(content)}")
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            raise self.unavailable(f"{path} answered what is no JSON") from None
        if not isinstance(body, dict):
            raise self.unavailable(f"{path} answered no JSON object")
        return body

    async def _get(self, url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        with translated():
            response = await self._pool.session.get(
                url,
                headers={"Accept": "application/json", "Accept-Encoding": "gzip, deflate", **headers},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=PAGE_S, sock_read=PAGE_S),
            )
            try:
                pieces = unpacked(response.content.iter_any(), response.headers.get("Content-Encoding", ""))
                if response.status != 200:
                    return response.status, await bounded_body(pieces)
                content = bytearray()
                async for piece in pieces:
                    content += piece
                    if len(content) > LIST_BYTES:
                        raise self.unavailable(f"a page is longer than {LIST_BYTES} bytes")
                return response.status, bytes(content)
            finally:
                let_go(response)


def _message(content: bytes) -> str:
    """The vendor's sentence in an error body, behind a colon; "" without one."""
    try:
        error = json.loads(content)["error"]
        text = error["message"] if isinstance(error, dict) else error
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return f": {text[:MAX_MESSAGE].rstrip('.')}" if isinstance(text, str) else ""
