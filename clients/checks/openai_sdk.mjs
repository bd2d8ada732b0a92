// OpenAI's SDK for JavaScript.

import OpenAI, { APIError, AuthenticationError, BadRequestError, InternalServerError } from "openai";
import { NotFoundError, RateLimitError, UnprocessableEntityError } from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import {
  HELLO, IMAGE_LINK, KEY, PLACE, URL_, WEATHER, all, countedAlike, expect, pixel, raises, refusedAtOnce, run, spoke, stage,
  vendorSaw, waitedAsTold, whole,
} from "./checking.mjs";

const options = { baseURL: `${URL_}/v1`, apiKey: KEY, maxRetries: 0, timeout: 60_000 };
const chat = new OpenAI(options).chat.completions;

const TOOL = {
  type: "function",
  function: {
    name: "weather",
    description: "The weather in a town.",
    parameters: { type: "object", properties: { town: { type: "string" } }, required: ["town"] },
  },
};
const said = (content) => [{ role: "user", content }];

await run({
  async plain(model) {
    const answer = await chat.create({ model, messages: said(HELLO) });
    spoke(model, answer.choices[0].message.content);
  },

  async stream(model) {
    const asked = { model, messages: said(HELLO), stream: true, stream_options: { include_usage: true } };
    const seen = await all(await chat.create(asked));
    const pieces = seen.flatMap((chunk) => chunk.choices.map((choice) => choice.delta.content)).filter(Boolean);
    expect(pieces.length > 1, "the text came in one piece");
    spoke(model, pieces.join(""));
    const { usage } = seen.at(-1);
    await countedAlike(model, usage?.prompt_tokens, usage?.completion_tokens);
  },

  async tools(model) {
    const asked = said(WEATHER);
    const first = await chat.create({ model, messages: asked, tools: [TOOL], tool_choice: "required" });
    const { message } = first.choices[0];
    const [call] = message.tool_calls;
    expect(JSON.parse(call.function.arguments).town === "Douala", call.function.arguments);
    const result = { role: "tool", tool_call_id: call.id, content: "Rain at 31 degrees" };
    const again = await chat.create({ model, messages: [...asked, message, result], tools: [TOOL] });
    expect(again.choices[0].message.content?.includes("31 degrees"), "the tool's result was not heard");
    const streamed = await chat.stream({ model, messages: asked, tools: [TOOL] }).finalChatCompletion();
    const given = streamed.choices[0].message.tool_calls[0].function.arguments;
    expect(JSON.parse(given).town === "Douala", given);
    // The SDK's own loop: it calls the function and asks again.
    const weather = { ...TOOL.function, function: () => "Rain at 31 degrees", parse: JSON.parse };
    const looped = chat.runTools({ model, messages: asked, tools: [{ type: "function", function: weather }] });
    expect((await looped.finalContent())?.includes("31 degrees"), "runTools did not reach an answer");
  },

  async schema(model) {
    const shape = z.object({ trade: z.string(), town: z.string() });
    const asked = { model, messages: said(PLACE), response_format: zodResponseFormat(shape, "place") };
    const { parsed } = (await chat.parse(asked)).choices[0].message;
    expect(shape.safeParse(parsed).success, `not parsed: ${JSON.stringify(parsed)}`);
  },

  async image(model) {
    const [, data] = await pixel();
    await show(model, `data:image/png;base64,${data}`);
    await vendorSaw(model, data);
  },

  async "image link"(model) {
    await show(model, IMAGE_LINK);
    await vendorSaw(model, IMAGE_LINK);
  },

  async usage(model) {
    const { usage } = await chat.create({ model, messages: said(HELLO) });
    await countedAlike(model, usage.prompt_tokens, usage.completion_tokens);
    expect(usage.total_tokens === usage.prompt_tokens + usage.completion_tokens, "the total is not the sum");
  },

  async errors(model) {
    const messages = said(HELLO);
    const stranger = new OpenAI({ ...options, apiKey: "djb_nobody" }).chat.completions;
    await raises(AuthenticationError, () => stranger.create({ model, messages }));
    await raises(NotFoundError, () => chat.create({ model: "gpt-2", messages }));
    const bad = await raises(BadRequestError, () => chat.create({ model, messages, temperature: 9 }));
    expect(bad.param === "temperature", `the error names ${bad.param}`);
    await stage("break", { vendor: model, fault: "invalid_request" });
    await raises(UnprocessableEntityError, () => chat.create({ model, messages }));
    await stage("break", { vendor: "all", fault: "credit" });
    const refused = await raises(InternalServerError, () => chat.create({ model, messages, static: false }));
    expect(refused.status === 503 && refused.headers.get("retry-after"), `not a 503: ${refused.status}`);
    const { response } = await chat.create({ model, messages }).withResponse();
    expect(response.headers.get("x-llm-degraded") === "true", "the static answer does not say so");
  },

  async resumed(model) {
    await stage("break", { vendor: model, fault: "cut", chunks: 2 });
    const seen = await all(await chat.create({ model, messages: said(HELLO), stream: true }));
    whole(seen.map((chunk) => chunk.choices[0].delta.content ?? "").join(""));
    expect(seen.at(-1).choices[0].finish_reason === "stop", "no finish reason");
  },

  async cut(model) {
    await stage("break", { vendor: "all", fault: "cut", chunks: 2 });
    let text = "";
    const error = await raises(APIError, async () => {
      for await (const chunk of await chat.create({ model, messages: said(HELLO), stream: true })) {
        text += chunk.choices[0].delta.content ?? "";
        expect(chunk.choices[0].finish_reason === null, "a finish reason over half an answer");
      }
    });
    expect(text, "no text before the cut");
    return `raises ${error.constructor.name} after the pieces that came`;
  },
}, {
  async limit(model) {
    await stage("limited", { requests: 1 });
    const patient = new OpenAI({ ...options, maxRetries: 2 }).chat.completions;
    const asked = { model, messages: said(HELLO) };
    await chat.create(asked);
    const refused = await raises(RateLimitError, () => chat.create(asked));
    expect(refused.code === "rate_limit_exceeded", `the code is ${refused.code}`);
    return waitedAsTold(refused, () => patient.create(asked));
  },

  async budget(model) {
    await stage("spent");
    return refusedAtOnce(APIError, (fetch) =>
      new OpenAI({ ...options, maxRetries: 2, fetch }).chat.completions.create({ model, messages: said(HELLO) }),
    );
  },
});

async function show(model, url) {
  const content = [{ type: "text", text: HELLO }, { type: "image_url", image_url: { url } }];
  const answer = await chat.create({ model, messages: said(content) });
  spoke(model, answer.choices[0].message.content);
}
