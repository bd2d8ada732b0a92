// The frame of a check program: checks by feature, run once a vendor, a line of JSON each. See checking.py.

export const URL_ = process.env.DJOBEA_URL;
export const KEY = process.env.DJOBEA_KEY;
const STAGE = process.env.STAGE_URL;

export const HELLO = "My tap is leaking in Bonapriso";
export const WEATHER = "Use the tool named weather for Douala.";
export const PLACE = "Where is the customer? Answer with the trade and the town.";
export const IMAGE_LINK = `${STAGE}/tap.png`;

/** Asks the stage; see its module. */
export async function stage(action, words = {}) {
  const answer = await fetch(`${STAGE}/${action}?${new URLSearchParams(words)}`);
  return answer.json();
}

/** The image's bytes, and the same in base64. */
export async function pixel() {
  const data = Buffer.from(await (await fetch(IMAGE_LINK)).arrayBuffer());
  return [data, data.toString("base64")];
}

/** Fails unless the vendor's last request held the text. */
export async function vendorSaw(vendor, text) {
  const { body } = await stage("asked", { vendor });
  expect(JSON.stringify(body).includes(text), `${vendor} was not sent ${text.slice(0, 60)}`);
}

export function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

/** Fails unless this is an answer of that simulated vendor. */
export function spoke(vendor, text) {
  const name = { claude: "Claude", gemini: "Gemini", openai: "OpenAI" }[vendor];
  expect(text?.includes(`[simulated ${name}]`), `not an answer of ${vendor}: ${JSON.stringify(text)}`);
}

/** Fails unless this answer has its beginning and its end. */
export function whole(text) {
  expect(text?.startsWith("[simulated") && text.trimEnd().endsWith("suit you?"), `not whole: ${JSON.stringify(text)}`);
}

/** Fails unless the client's numbers of tokens are the vendor's own. */
export async function countedAlike(vendor, input, output) {
  const own = await stage("counted", { vendor });
  const alike = own.input === input && own.output === output;
  expect(alike, `the client says ${input} and ${output}, the vendor ${JSON.stringify(own)}`);
}

/** Everything that a stream gives. Array.fromAsync came with Node 22. */
export async function all(stream) {
  const seen = [];
  for await (const item of stream) seen.push(item);
  return seen;
}

/** The error of this class that `act` ends with; fails when it ends well. Any other error passes. */
export async function raises(kind, act) {
  let given;
  try {
    given = await act();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error(`no error, but ${JSON.stringify(given)}`);
}

/**
 * Runs every check for every vendor, with all vendors well at its start, and prints how it ended.
 * Those of `once`, about the gateway itself, are run once: with Claude, and no vendor's name in their result.
 */
export async function run(checks, once = {}) {
  for (const vendor of ["claude", "gemini", "openai"]) {
    for (const [feature, check] of Object.entries(checks)) await tell(vendor, feature, check, vendor);
  }
  for (const [feature, check] of Object.entries(once)) await tell("claude", feature, check, "");
  await stage("heal");
}

async function tell(vendor, feature, check, shown) {
  await stage("heal");
  console.log(JSON.stringify({ vendor: shown, feature, ...(await ended(check, vendor)) }));
}

/** Fails unless `ask`, with a client's own retries, is answered no sooner than `refused` had told; says so. */
export async function waitedAsTold(refused, ask) {
  const told = Number(refused.headers.get("retry-after"));
  const began = performance.now();
  await ask();
  const waited = (performance.now() - began) / 1000;
  expect(waited >= told - 1, `told to wait ${told} s, it waited ${waited.toFixed(1)} s`);
  return `raises ${refused.constructor.name}; with its own retries it waits as told (${told} s) and is answered`;
}

/** Calls `ask` with a `fetch` that counts; fails unless it ends in a 402 after one request; says so. */
export async function refusedAtOnce(kind, ask) {
  let requests = 0;
  const refused = await raises(kind, () => ask((...words) => (requests++, fetch(...words))));
  expect(refused.status === 402, `not a 402: ${refused.status}`);
  expect(requests === 1, `it was tried ${requests} times`);
  return `raises ${refused.constructor.name} with status 402, and tries no second time`;
}

async function ended(check, vendor) {
  try {
    return { outcome: "pass", note: (await check(vendor)) ?? "" };
  } catch (error) {
    console.error(`${process.argv[1]}: ${vendor}:`, error);
    return { outcome: "FAIL", note: `${error?.name}: ${error?.message}`.slice(0, 400) };
  }
}
