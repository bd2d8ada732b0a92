// The playground: sends the form once for each target, and shows the answers as they come.
"use strict";
(() => {
  const form = document.getElementById("playground");
  const answers = document.getElementById("play-answers");
  const fault = document.getElementById("play-fault");
  const stop = document.getElementById("play-stop");
  const words = form.dataset;
  let running = null;

  const checked = (name) => [...form.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value);

  function json(name) {
    const text = form.elements[name].value.trim();
    if (!text) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${name} ${words.json}`);
    }
  }

  function asked() {
    const messages = [...form.querySelectorAll(".djb-message")].map((row) => ({
      role: row.querySelector("select").value,
      text: row.querySelector("textarea").value,
    }));
    const system = form.elements.system.value.trim();
    if (system) messages.unshift({ role: "system", text: system });
    return {
      messages: messages.filter((message) => message.text.trim()),
      stream: form.elements.stream.checked,
      max_tokens: form.elements.max_tokens.value || undefined,
      temperature: form.elements.temperature.value || undefined,
      tools: json("tools"),
      schema: json("schema"),
      without: checked("without"),
    };
  }

  function fact(list, label, value) {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const text = document.createElement("dd");
    term.textContent = label;
    text.textContent = value;
    row.append(term, text);
    list.append(row);
  }

  function showTrail(list, trail) {
    for (const step of trail) {
      const row = document.createElement("li");
      row.textContent = `${step.provider}: ${step.what} (${step.why})`;
      list.append(row);
    }
  }

  function shown(card, line) {
    const text = card.querySelector(".djb-text");
    const facts = card.querySelector(".djb-facts");
    if (line.kind === "started") {
      card.querySelector("h2").textContent = `${card.dataset.target} → ${line.provider} · ${line.model}`;
    } else if (line.kind === "text") {
      if (text.classList.contains("djb-waiting")) {
        text.classList.remove("djb-waiting");
        text.textContent = "";
      }
      text.append(line.text);
    } else {
      text.classList.remove("djb-waiting");
      if (line.kind === "error") {
        card.classList.add("djb-alarm");
        if (text.textContent === words.waiting) text.textContent = "";
        const said = document.createElement("span");
        said.className = "djb-bad";
        said.textContent = `${words.failed}: ${line.message}`;
        text.append(said);
      } else {
        for (const tool of line.tools) text.append(`${tool.name}(${tool.arguments})\n`);
        fact(facts, words.first, line.first);
        fact(facts, words.whole, line.total);
        fact(facts, words.tokens, line.tokens);
        fact(facts, words.cost, line.cost);
        const link = document.createElement("a");
        link.className = "djb-link";
        link.href = line.call;
        link.textContent = words.call;
        card.append(link);
      }
      showTrail(card.querySelector(".djb-trail"), line.trail);
    }
  }

  async function ask(target, body, signal) {
    const card = document.getElementById("play-answer").content.firstElementChild.cloneNode(true);
    card.dataset.target = target.replace(/^provider:/, "").replace(":", " ");
    card.querySelector("h2").textContent = card.dataset.target;
    const text = card.querySelector(".djb-text");
    text.textContent = words.waiting;
    text.classList.add("djb-waiting");
    answers.append(card);
    try {
      const response = await fetch(form.action, {
        method: "POST",
        signal,
        headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
        body: JSON.stringify({ ...body, target }),
      });
      const kind = response.headers.get("Content-Type") || "";
      if (!kind.includes("json")) throw new Error(`HTTP ${response.status}`);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        rest += value || "";
        const lines = rest.split("\n");
        rest = done ? "" : lines.pop();
        for (const line of lines) if (line) shown(card, JSON.parse(line));
        if (done) break;
      }
    } catch (error) {
      if (signal.aborted) text.append(" …");
      else shown(card, { kind: "error", message: error.message, trail: [] });
    }
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fault.hidden = true;
    const targets = checked("target").slice(0, Number(words.most));
    let body;
    try {
      body = asked();
      if (!targets.length) throw new Error(words.none);
    } catch (error) {
      fault.textContent = error.message;
      fault.hidden = false;
      return;
    }
    if (running) running.abort();
    running = new AbortController();
    stop.disabled = false;
    answers.replaceChildren();
    await Promise.all(targets.map((target) => ask(target, body, running.signal)));
    stop.disabled = true;
  });

  stop.addEventListener("click", () => running && running.abort());

  form.addEventListener("change", (event) => {
    const boxes = checked("target");
    if (event.target.name === "target" && boxes.length > Number(words.most)) event.target.checked = false;
  });

  document.getElementById("play-add").addEventListener("click", () => {
    const rows = form.querySelectorAll(".djb-message");
    const row = rows[rows.length - 1].cloneNode(true);
    row.querySelector("textarea").value = "";
    const last = rows[rows.length - 1].querySelector("select").value;
    row.querySelector("select").value = last === "user" ? "assistant" : "user";
    document.getElementById("play-messages").append(row);
    row.querySelector("textarea").focus();
  });

  function openai() {
    const body = asked();
    const target = checked("target")[0] || "route:default";
    const [kind, name] = [target.slice(0, target.indexOf(":")), target.slice(target.indexOf(":") + 1)];
    const sent = { model: name, messages: body.messages.map(({ role, text }) => ({ role, content: text })) };
    if (kind === "provider") Object.assign(sent, { fallbacks: [], static: false });
    if (body.stream) sent.stream = true;
    if (body.max_tokens) sent.max_tokens = Number(body.max_tokens);
    if (body.temperature) sent.temperature = Number(body.temperature);
    if (body.tools) {
      const list = Array.isArray(body.tools) ? body.tools : [body.tools];
      sent.tools = list.map((tool) => (tool.function ? tool : { type: "function", function: tool }));
    }
    if (body.schema) {
      sent.response_format = { type: "json_schema", json_schema: { name: "answer", schema: body.schema } };
    }
    return sent;
  }

  const OURS = ["fallbacks", "static"];

  function python(value, depth = 1) {
    const pad = "    ".repeat(depth);
    if (value === true) return "True";
    if (value === false) return "False";
    if (value === null) return "None";
    if (Array.isArray(value)) return value.length ? `[${value.map((item) => python(item, depth)).join(", ")}]` : "[]";
    if (typeof value === "object") {
      return `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${python(item, depth)}`).join(", ")}}`;
    }
    return JSON.stringify(value);
  }

  const WRITERS = {
    curl(sent, base) {
      const body = JSON.stringify(sent).replaceAll("'", "'\\''");
      return `curl -sS${sent.stream ? "N" : ""} ${base}/v1/chat/completions \\\n  -H "Authorization: Bearer $DJOBEA_KEY" -H 'Content-Type: application/json' \\\n  -d '${body}'\n`;
    },
    python(sent, base) {
      const own = Object.entries(sent).filter(([key]) => !OURS.includes(key));
      const extra = Object.fromEntries(Object.entries(sent).filter(([key]) => OURS.includes(key)));
      const lines = own.map(([key, value]) => `    ${key}=${python(value)},\n`);
      if (Object.keys(extra).length) lines.push(`    extra_body=${python(extra)},\n`);
      const shown = sent.stream
        ? 'for chunk in answer:\n    if chunk.choices:\n        print(chunk.choices[0].delta.content or "", end="")\n'
        : "print(answer.choices[0].message.content)\n";
      return `import os\n\nfrom openai import OpenAI\n\nclient = OpenAI(base_url="${base}/v1", api_key=os.environ["DJOBEA_KEY"])\nanswer = client.chat.completions.create(\n${lines.join("")})\n${shown}`;
    },
    javascript(sent, base) {
      const shown = sent.stream
        ? 'for await (const chunk of answer) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");\n'
        : "console.log(answer.choices[0].message.content);\n";
      return `import OpenAI from "openai";\n\nconst client = new OpenAI({ baseURL: "${base}/v1", apiKey: process.env.DJOBEA_KEY });\nconst answer = await client.chat.completions.create(${JSON.stringify(sent, null, 2)});\n${shown}`;
    },
  };

  for (const button of form.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const said = document.getElementById("play-copied");
      try {
        const text = WRITERS[button.dataset.copy](openai(), words.address.replace(/\/$/, ""));
        await navigator.clipboard.writeText(text);
        said.textContent = words.copied;
      } catch (error) {
        said.textContent = error.message;
      }
    });
  }
})();
