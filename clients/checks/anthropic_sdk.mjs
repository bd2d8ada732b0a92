// Anthropic's SDK for JavaScript.

import Anthropic, { APIError, AuthenticationError, BadRequestError, InternalServerError } from "@anthropic-ai/sdk";
import { NotFoundError, RateLimitError, UnprocessableEntityError } from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";
import {
  HELLO, IMAGE_LINK, KEY, PLACE, URL_, WEATHER, countedAlike, expect, pixel, raises, refusedAtOnce, run, spoke, stage,
  vendorSaw, waitedAsTold, whole,
} from "./checking.mjs";

const options = { baseURL: URL_, apiKey: KEY, maxRetries: 0, timeout: 60_000 };
const client = new Anthropic(options);

const TOOL = {
  name: "weather",
  description: "The weather in a town.",
  input_schema: { type: "object", properties: { town: { type: "string" } }, required: ["town"] },
};
const weather = betaZodTool({
  name: "weather",
  description: "The weather in a town.",
  inputSchema: z.object({ town: z.string() }),
  run: ({ town }) => `Rain at 31 degrees in ${town}`,
});
const said = (content) => ({ max_tokens: 1024, messages: [{ role: "user", content }] });
const textOf = (message) => message.content.map((block) => block.text ?? "").join("");
const callIn = (message) => message.content.find((block) => block.type === "tool_use");

await run({
  async plain(model) {
    const answer = await client.messages.create({ model, ...said(HELLO) });
    spoke(model, textOf(answer));
    expect(answer.stop_reason === "end_turn", `ended by ${answer.stop_reason}`);
  },

  async stream(model) {
    const pieces = [];
    const events = client.messages.stream({ model, ...said(HELLO) }).on("text", (piece) => pieces.push(piece));
    const final = await events.finalMessage();
    expect(pieces.length > 1, "the text came in one piece");
    spoke(model, pieces.join(""));
    expect(final.stop_reason === "end_turn", `ended by ${final.stop_reason}`);
    await countedAlike(model, final.usage.input_tokens, final.usage.output_tokens);
  },

  async tools(model) {
    const asked = said(WEATHER);
    const first = await client.messages.create({ model, ...asked, tools: [TOOL], tool_choice: { type: "any" } });
    const call = callIn(first);
    expect(call?.input.town === "Douala", `called ${JSON.stringify(call)}`);
    const result = { type: "tool_result", tool_use_id: call.id, content: "Rain at 31 degrees" };
    const turns = [{ role: "assistant", content: first.content }, { role: "user", content: [result] }];
    const messages = [...asked.messages, ...turns];
    const again = await client.messages.create({ model, ...asked, messages, tools: [TOOL] });
    expect(textOf(again).includes("31 degrees"), "the tool's result was not heard");
    const streamed = callIn(await client.messages.stream({ model, ...asked, tools: [TOOL] }).finalMessage());
    expect(streamed?.input.town === "Douala", `streamed ${JSON.stringify(streamed)}`);
    const looped = await client.beta.messages.toolRunner({ model, ...asked, tools: [weather] });
    expect(textOf(looped).includes("31 degrees"), "toolRunner did not reach an answer");
  },

  async schema(model) {
    const shape = z.object({ trade: z.string(), town: z.string() });
    const asked = { model, ...said(PLACE), output_config: { format: zodOutputFormat(shape) } };
    const { parsed_output: place } = await client.messages.parse(asked);
    expect(shape.safeParse(place).success, `not parsed: ${JSON.stringify(place)}`);
  },

  async image(model) {
    const [, data] = await pixel();
    await show(model, { type: "base64", media_type: "image/png", data });
    await vendorSaw(model, data);
  },

  async "image link"(model) {
    await show(model, { type: "url", url: IMAGE_LINK });
    await vendorSaw(model, IMAGE_LINK);
  },

  async usage(model) {
    const { usage } = await client.messages.create({ model, ...said(HELLO) });
    await countedAlike(model, usage.input_tokens, usage.output_tokens);
  },

  async errors(model) {
    const ask = (more = {}) => client.messages.create({ model, ...said(HELLO), ...more });
    const stranger = new Anthropic({ ...options, apiKey: "djb_nobody" });
    await raises(AuthenticationError, () => stranger.messages.create({ model, ...said(HELLO) }));
    await raises(NotFoundError, () => ask({ model: "claude-1" }));
    const bad = await raises(BadRequestError, () => ask({ temperature: 9 }));
    expect(bad.message.includes("temperature"), `the error does not name the field: ${bad.message}`);
    await stage("break", { vendor: model, fault: "invalid_request" });
    await raises(UnprocessableEntityError, () => ask());
    await stage("break", { vendor: "all", fault: "credit" });
    const refused = await raises(InternalServerError, () => ask({ static: false }));
    expect(refused.status === 503 && refused.headers.get("retry-after"), `not a 503: ${refused.status}`);
    const { response } = await ask().withResponse();
    expect(response.headers.get("x-llm-degraded") === "true", "the static answer does not say so");
  },

  async resumed(model) {
    await stage("break", { vendor: model, fault: "cut", chunks: 2 });
    const final = await client.messages.stream({ model, ...said(HELLO) }).finalMessage();
    whole(textOf(final));
    expect(final.stop_reason === "end_turn", `ended by ${final.stop_reason}`);
  },

  async cut(model) {
    await stage("break", { vendor: "all", fault: "cut", chunks: 2 });
    let text = "";
    const error = await raises(APIError, async () => {
      for await (const event of client.messages.stream({ model, ...said(HELLO) })) {
        expect(!["message_delta", "message_stop"].includes(event.type), "an end over half an answer");
        text += event.delta?.text ?? "";
      }
    });
    expect(text, "no text before the cut");
    return `raises ${error.constructor.name} after the pieces that came`;
  },
}, {
  async limit(model) {
    await stage("limited", { requests: 1 });
    const patient = new Anthropic({ ...options, maxRetries: 2 });
    const asked = { model, ...said(HELLO) };
    await client.messages.create(asked);
    const refused = await raises(RateLimitError, () => client.messages.create(asked));
    return waitedAsTold(refused, () => patient.messages.create(asked));
  },

  async budget(model) {
    await stage("spent");
    return refusedAtOnce(APIError, (fetch) =>
      new Anthropic({ ...options, maxRetries: 2, fetch }).messages.create({ model, ...said(HELLO) }),
    );
  },
});

async function show(model, source) {
  const content = [{ type: "text", text: HELLO }, { type: "image", source }];
  spoke(model, textOf(await client.messages.create({ model, ...said(content) })));
}
