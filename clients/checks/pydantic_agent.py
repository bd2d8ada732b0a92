"""pydantic-ai's agents over its model for OpenAI's API."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, ImageUrl, ModelHTTPError, NativeOutput
from pydantic_ai.exceptions import ModelAPIError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings

from clients.checks.checking import (
    HELLO,
    IMAGE_LINK,
    KEY,
    PLACE,
    URL,
    WEATHER,
    counted_alike,
    expect,
    pixel,
    run,
    spoke,
    stage,
    vendor_saw,
    whole,
)


def agent(vendor: str, key: str = KEY, **more: Any) -> Agent[None, Any]:
    provider = OpenAIProvider(base_url=f"{URL}/v1", api_key=key)
    return Agent(OpenAIChatModel(vendor, provider=provider), **more)


def weather(town: str) -> str:
    """The weather in a town."""
    return f"Rain at 31 degrees in {town}"


class Place(BaseModel):
    """Where, and what for."""

    trade: str
    town: str


async def plain(vendor: str) -> None:
    spoke(vendor, (await agent(vendor).run(HELLO)).output)


async def stream(vendor: str) -> None:
    async with agent(vendor).run_stream(HELLO) as answer:
        pieces = [piece async for piece in answer.stream_text(delta=True, debounce_by=None)]
    expect(len(pieces) > 1, "the text came in one piece")
    spoke(vendor, "".join(pieces))
    counted_alike(vendor, answer.usage.input_tokens, answer.usage.output_tokens)


async def tools(vendor: str) -> None:
    able = agent(vendor, tools=[weather])
    plainly = await able.run(WEATHER)
    expect("31 degrees" in plainly.output and plainly.usage.requests == 2, f"no round trip: {plainly.output}")
    async with able.run_stream(WEATHER) as answer:
        streamed = await answer.get_output()
    expect("31 degrees" in streamed, f"no round trip in a stream: {streamed}")


async def schema(vendor: str) -> None:
    place = (await agent(vendor, output_type=NativeOutput(Place)).run(PLACE)).output
    expect(isinstance(place, Place), f"not parsed: {place!r}")
    by_tool = (await agent(vendor, output_type=Place).run(f"{PLACE} Call final_result.")).output
    expect(isinstance(by_tool, Place), f"not parsed: {by_tool!r}")


async def image(vendor: str) -> None:
    data, text = pixel()
    await show(vendor, BinaryContent(data, media_type="image/png"))
    vendor_saw(vendor, text)


async def image_link(vendor: str) -> None:
    await show(vendor, ImageUrl(IMAGE_LINK))
    vendor_saw(vendor, IMAGE_LINK)


async def show(vendor: str, picture: BinaryContent | ImageUrl) -> None:
    said: Sequence[Any] = [HELLO, picture]
    spoke(vendor, (await agent(vendor).run(said)).output)


async def usage(vendor: str) -> None:
    told = (await agent(vendor).run(HELLO)).usage
    counted_alike(vendor, told.input_tokens, told.output_tokens)


async def errors(vendor: str) -> None:
    await refused(401, agent(vendor, key="djb_nobody"))
    await refused(404, agent("gpt-2"))
    bad = await refused(400, agent(vendor), ModelSettings(temperature=9))
    expect("temperature" in str(bad), f"the error does not name the field: {bad}")
    stage("break", vendor=vendor, fault="invalid_request")
    await refused(422, agent(vendor))
    stage("break", vendor="all", fault="credit")
    none = ModelSettings(extra_body={"static": False})
    expect((await refused(503, agent(vendor), none)).headers["retry-after"], "no Retry-After")
    expect((await agent(vendor).run(HELLO)).output, "no static answer")


async def refused(status: int, asked: Agent[None, Any], settings: ModelSettings | None = None) -> ModelHTTPError:
    try:
        given = await asked.run(HELLO, model_settings=settings)
    except ModelHTTPError as error:
        expect(error.status_code == status, f"{error.status_code} in place of {status}")
        return error
    raise AssertionError(f"no {status}, but {given!r}")


async def resumed(vendor: str) -> None:
    stage("break", vendor=vendor, fault="cut", chunks=2)
    async with agent(vendor).run_stream(HELLO) as answer:
        whole(await answer.get_output())


async def cut(vendor: str) -> str:
    stage("break", vendor="all", fault="cut", chunks=2)
    pieces: list[str] = []
    try:
        async with agent(vendor).run_stream(HELLO) as answer:
            async for piece in answer.stream_text(delta=True, debounce_by=None):
                pieces.append(piece)
    except ModelAPIError as error:
        expect("".join(pieces), "no text before the cut")
        return f"raises {type(error).__name__} after the pieces that came"
    raise AssertionError(f"no error after {pieces}")


def waited(check: Callable[[str], Awaitable[str | None]]) -> Callable[[str], str | None]:
    async def checked(vendor: str) -> str | None:
        return await check(vendor)

    @functools.wraps(check)
    def finished(vendor: str) -> str | None:
        return asyncio.run(checked(vendor))

    return finished


run(*map(waited, (plain, stream, tools, schema, image, image_link, usage, errors, resumed, cut)))
