// The official Anthropic SDK, unchanged, against a gateway at HATZ_BASE_URL.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";

const baseURL = `${process.env.HATZ_BASE_URL}/anthropic`;
const client = new Anthropic({ baseURL, apiKey: process.env.HATZ_API_KEY, maxRetries: 0 });
const model = "anthropic.claude-haiku-4-5";
const max_tokens = 500;
const tools = [
  {
    name: "get_weather",
    description: "Get the weather in a city.",
    input_schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
];
const said = (message) => message.content.map((block) => (block.type === "text" ? block.text : "")).join("");

const answer = await client.messages.create({ model, max_tokens, system: "Be brief.", messages: [{ role: "user", content: "Hello" }] });
assert.ok(said(answer).length > 0);
assert.equal(answer.stop_reason, "end_turn");
assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);

let text = "";
const stream = client.messages.stream({ model, max_tokens, messages: [{ role: "user", content: "Hello" }] }).on("text", (delta) => (text += delta));
assert.equal(said(await stream.finalMessage()), text);
assert.ok(text.length > 0);

const messages = [{ role: "user", content: "What is the weather in Paris?" }];
for (const way of ["create", "stream"]) {
  const ask = { model, max_tokens, messages, tools, tool_choice: { type: "tool", name: "get_weather" } };
  const called = way === "create" ? await client.messages.create(ask) : await client.messages.stream(ask).finalMessage();
  const call = called.content.find((block) => block.type === "tool_use");
  assert.deepEqual(call.input, { city: "Paris" });
  assert.equal(called.stop_reason, "tool_use");
  const result = { type: "tool_result", tool_use_id: call.id, content: "18 degrees and sunny" };
  const turns = [...messages, { role: "assistant", content: called.content }, { role: "user", content: [result] }];
  assert.match(said(await client.messages.create({ model, max_tokens, messages: turns, tools })), /18 degrees/);
}

const counted = await client.messages.countTokens({ model, messages, tools });
assert.ok(counted.input_tokens > 0);

const Person = z.object({ name: z.string(), age: z.number() });
const parsed = await client.messages.parse({
  model,
  max_tokens,
  messages: [{ role: "user", content: "Ada Lovelace is 36 years old." }],
  output_config: { format: zodOutputFormat(Person) },
});
assert.deepEqual(parsed.parsed_output, { name: "Ada Lovelace", age: 36 });

const both = [{ role: "user", content: "What is the weather in Paris and in Rome?" }];
const parallel = await client.messages.create({ model, max_tokens, messages: both, tools });
const calls = parallel.content.filter((block) => block.type === "tool_use");
assert.deepEqual(calls.map((call) => call.input.city), ["Paris", "Rome"]);
const results = calls.map((call, at) => ({ type: "tool_result", tool_use_id: call.id, content: [{ type: "text", text: `${at + 18} degrees` }] }));
both.push({ role: "assistant", content: parallel.content }, { role: "user", content: results });
assert.match(said(await client.messages.create({ model, max_tokens, messages: both, tools })), /18 degrees[^]*19 degrees/);

const data = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const picture = { type: "image", source: { type: "base64", media_type: "image/png", data } };
const seen = [{ role: "user", content: [picture, { type: "text", text: "What is this?" }] }];
assert.ok(said(await client.messages.create({ model, max_tokens, messages: seen })).length > 0);

const system = [{ type: "text", text: "Be brief. ".repeat(500), cache_control: { type: "ephemeral" } }];
const cached = await client.messages.create({ model, max_tokens, system, messages: [{ role: "user", content: "Hello" }] });
assert.ok(cached.usage.cache_creation_input_tokens > 0 || cached.usage.cache_read_input_tokens > 0);

const left = client.messages.stream({ model, max_tokens, messages: [{ role: "user", content: "Hello" }] });
for await (const event of left) if (event.type === "content_block_delta") break;

await assert.rejects(client.messages.stream({ model: "no-such-model", max_tokens, messages }).finalMessage(), Anthropic.APIError);
await assert.rejects(client.messages.create({ model: "no-such-model", max_tokens, messages }), (error) => {
  assert.ok(error instanceof Anthropic.APIError);
  assert.ok(error.status === 404 || error.status === 400, `${error.status}`);
  assert.match(error.message, /not found/i);
  return true;
});
await assert.rejects(new Anthropic({ baseURL, apiKey: "wrong", maxRetries: 0 }).messages.create({ model, max_tokens, messages }), Anthropic.AuthenticationError);
await assert.rejects(client.messages.create({ model, messages }), Anthropic.BadRequestError);
const orphan = [{ role: "user", content: [{ type: "tool_result", tool_use_id: "toolu_none", content: "18" }] }];
await assert.rejects(client.messages.create({ model, max_tokens, messages: orphan, tools }), Anthropic.BadRequestError);
console.log("ok");
