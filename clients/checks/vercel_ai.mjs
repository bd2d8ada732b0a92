// Vercel's AI SDK with its provider for OpenAI-compatible APIs.

import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, Output, generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import {
  HELLO, IMAGE_LINK, KEY, PLACE, URL_, WEATHER, all, countedAlike, expect, pixel, raises, run, spoke, stage, vendorSaw,
  whole,
} from "./checking.mjs";

globalThis.AI_SDK_LOG_WARNINGS = false;

const options = {
  name: "djobea",
  baseURL: `${URL_}/v1`,
  apiKey: KEY,
  includeUsage: true,
  supportsStructuredOutputs: true,
  supportedUrls: () => ({ "image/*": [/^https?:/] }),
};
const djobea = createOpenAICompatible(options);
const ask = (vendor, more = {}) => generateText({ model: djobea(vendor), prompt: HELLO, maxRetries: 0, ...more });
const listen = (vendor, more = {}) =>
  streamText({ model: djobea(vendor), prompt: HELLO, maxRetries: 0, onError: () => {}, ...more });

const weather = tool({
  description: "The weather in a town.",
  inputSchema: z.object({ town: z.string() }),
  execute: async ({ town }) => `Rain at 31 degrees in ${town}`,
});
const loop = { prompt: WEATHER, tools: { weather }, stopWhen: stepCountIs(3) };

await run({
  async plain(vendor) {
    spoke(vendor, (await ask(vendor)).text);
  },

  async stream(vendor) {
    const answer = listen(vendor);
    const pieces = await all(answer.textStream);
    expect(pieces.length > 1, "the text came in one piece");
    spoke(vendor, pieces.join(""));
    expect((await answer.finishReason) === "stop", `finished by ${await answer.finishReason}`);
    const usage = await answer.usage;
    await countedAlike(vendor, usage.inputTokens, usage.outputTokens);
  },

  async tools(vendor) {
    const plainly = await ask(vendor, loop);
    const steps = plainly.steps.length;
    expect(steps === 2 && plainly.text.includes("31 degrees"), `no round trip: ${plainly.text}`);
    const streamed = listen(vendor, loop);
    expect((await streamed.text).includes("31 degrees"), `no round trip in a stream: ${await streamed.text}`);
  },

  async schema(vendor) {
    const shape = z.object({ trade: z.string(), town: z.string() });
    const { output } = await ask(vendor, { prompt: PLACE, output: Output.object({ schema: shape }) });
    expect(shape.safeParse(output).success, `not parsed: ${JSON.stringify(output)}`);
  },

  async image(vendor) {
    const [bytes, data] = await pixel();
    await show(vendor, { type: "image", image: bytes });
    await vendorSaw(vendor, data);
  },

  async "image link"(vendor) {
    await show(vendor, { type: "image", image: new URL(IMAGE_LINK) });
    await vendorSaw(vendor, IMAGE_LINK);
    return "sent as a link only with supportedUrls; else the SDK loads it itself";
  },

  async usage(vendor) {
    const { usage } = await ask(vendor);
    await countedAlike(vendor, usage.inputTokens, usage.outputTokens);
  },

  async errors(vendor) {
    const status = async (wanted, act) => {
      const error = await raises(APICallError, act);
      expect(error.statusCode === wanted, `${error.statusCode} in place of ${wanted}`);
      return error;
    };
    const stranger = createOpenAICompatible({ ...options, apiKey: "djb_nobody" });
    await status(401, () => ask(vendor, { model: stranger(vendor) }));
    await status(404, () => ask("gpt-2"));
    const bad = await status(400, () => ask(vendor, { temperature: 9 }));
    expect(bad.data.error.param === "temperature", `the error names ${bad.data.error.param}`);
    await stage("break", { vendor, fault: "invalid_request" });
    await status(422, () => ask(vendor));
    await stage("break", { vendor: "all", fault: "credit" });
    const refused = await status(503, () => ask(vendor, { providerOptions: { djobea: { static: false } } }));
    expect(refused.isRetryable && refused.responseHeaders["retry-after"], "not said to be retryable");
    const { response } = await ask(vendor);
    expect(response.headers["x-llm-degraded"] === "true", "the static answer does not say so");
  },

  async resumed(vendor) {
    await stage("break", { vendor, fault: "cut", chunks: 2 });
    const answer = listen(vendor);
    whole(await answer.text);
    expect((await answer.finishReason) === "stop", `finished by ${await answer.finishReason}`);
  },

  async cut(vendor) {
    await stage("break", { vendor: "all", fault: "cut", chunks: 2 });
    const answer = listen(vendor);
    const parts = await all(answer.fullStream);
    expect(parts.some((part) => part.type === "text-delta"), "no text before the cut");
    expect(parts.some((part) => part.type === "error"), `no error among ${parts.map((part) => part.type)}`);
    const ends = parts.filter((part) => part.type.startsWith("finish")).map((part) => part.finishReason);
    expect(ends.every((reason) => reason === "error"), `finished by ${ends}`);
    const quiet = await all(listen(vendor).textStream);
    expect(quiet.length > 0, "textStream gave nothing");
    return "fullStream has an error part, finishReason is 'error', onError is called; textStream just ends";
  },
});

async function show(vendor, part) {
  const messages = [{ role: "user", content: [{ type: "text", text: HELLO }, part] }];
  spoke(vendor, (await ask(vendor, { prompt: undefined, messages })).text);
}
