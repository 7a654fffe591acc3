// The official OpenAI SDK, unchanged, against a gateway at HATZ_BASE_URL.
import assert from "node:assert/strict";
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";

const QUIRKS = process.env.QUIRKS === "1"; // a stream's last event is empty then, as the gateway's often is
const client = new OpenAI({ baseURL: `${process.env.HATZ_BASE_URL}/openai`, apiKey: process.env.HATZ_API_KEY, maxRetries: 0 });
const model = "gpt-5.2";
const tools = [
  {
    type: "function",
    name: "get_weather",
    description: "Get the weather in a city.",
    strict: true,
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
  },
];

const answer = await client.responses.create({ model, instructions: "Be brief.", input: "Hello" });
assert.ok(answer.output_text.length > 0);
assert.equal(answer.status, "completed");
assert.equal(answer.usage.total_tokens, answer.usage.input_tokens + answer.usage.output_tokens);
assert.ok(answer._request_id);

let text = "";
const kinds = [];
for await (const event of await client.responses.create({ model, input: "Hello", stream: true })) {
  kinds.push(event.type);
  if (event.type === "response.output_text.delta") text += event.delta;
}
assert.equal(kinds[0], "response.created");
assert.equal(kinds.at(-1), "response.completed");
assert.ok(text.length > 0);

const stream = client.responses.stream({ model, input: "Hello" });
const final = await stream.finalResponse();
if (!QUIRKS) assert.equal(final.output_text, text);

const input = [{ role: "user", content: "What is the weather in Paris?" }];
const called = await client.responses.create({ model, input, tools, tool_choice: "required" });
const call = called.output.find((item) => item.type === "function_call");
assert.deepEqual(JSON.parse(call.arguments), { city: "Paris" });
input.push(...called.output, { type: "function_call_output", call_id: call.call_id, output: "18 degrees and sunny" });
const told = await client.responses.create({ model, input, tools });
assert.match(told.output_text, /18 degrees/);

let streamed = "";
for await (const event of await client.responses.create({ model, input: input.slice(0, 1), tools, tool_choice: "required", stream: true })) {
  if (event.type === "response.function_call_arguments.done") streamed = event.arguments;
}
assert.deepEqual(JSON.parse(streamed), { city: "Paris" });

const Person = z.object({ name: z.string(), age: z.number() });
const parsed = await client.responses.parse({
  model,
  input: "Ada Lovelace is 36 years old.",
  text: { format: zodTextFormat(Person, "person") },
});
assert.deepEqual(parsed.output_parsed, { name: "Ada Lovelace", age: 36 });

const both = [{ role: "user", content: "What is the weather in Paris and in Rome?" }];
const parallel = await client.responses.create({ model, input: both, tools });
const calls = parallel.output.filter((item) => item.type === "function_call");
assert.deepEqual(calls.map((item) => JSON.parse(item.arguments).city), ["Paris", "Rome"]);
both.push(...calls, ...calls.map((item, at) => ({ type: "function_call_output", call_id: item.call_id, output: `${at + 18} degrees` })));
assert.match((await client.responses.create({ model, input: both, tools })).output_text, /18 degrees[^]*19 degrees/);

const image_url = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const seen = [{ role: "user", content: [{ type: "input_text", text: "What is this?" }, { type: "input_image", image_url, detail: "auto" }] }];
assert.ok((await client.responses.create({ model, input: seen })).output_text.length > 0);

const left = await client.responses.create({ model, input: "Hello", stream: true });
for await (const event of left) if (event.type === "response.output_text.delta") break;

await assert.rejects(client.responses.create({ model: "no-such-model", input: "Hello", stream: true }), OpenAI.APIError);
await assert.rejects(client.responses.create({ model: "no-such-model", input: "Hello" }), (error) => {
  assert.ok(error instanceof OpenAI.APIError);
  assert.ok(error.status === 404 || error.status === 400, `${error.status}`);
  assert.match(error.message, /not found/i);
  return true;
});
await assert.rejects(new OpenAI({ baseURL: client.baseURL, apiKey: "wrong", maxRetries: 0 }).responses.create({ model, input: "Hello" }), OpenAI.AuthenticationError);
await assert.rejects(client.responses.create({ model, input: "Hello", temperature: "hot" }), OpenAI.BadRequestError);
console.log("ok");
