// The Vercel AI SDK with its OpenAI (Responses) and Anthropic providers, unchanged, against a gateway at HATZ_BASE_URL.
import assert from "node:assert/strict";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import * as ai from "ai";
import { z } from "zod";

const base = process.env.HATZ_BASE_URL;
const openai = (apiKey) => createOpenAI({ baseURL: `${base}/openai`, apiKey }).responses;
const anthropic = (apiKey) => createAnthropic({ baseURL: `${base}/anthropic`, apiKey });
const tools = {
  get_weather: ai.tool({
    description: "Get the weather in a city.",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `18 degrees and sunny in ${city}`,
  }),
};
const Person = z.object({ name: z.string(), age: z.number() });

for (const [provider, id] of [[openai, "gpt-5.2"], [anthropic, "anthropic.claude-haiku-4-5"]]) {
  const model = provider(process.env.HATZ_API_KEY)(id);
  const settings = { model, maxRetries: 0 };

  const answer = await ai.generateText({ ...settings, instructions: "Be brief.", prompt: "Hello" });
  assert.ok(answer.text.length > 0);
  assert.equal(answer.finishReason, "stop");
  assert.ok(answer.usage.inputTokens > 0 && answer.usage.outputTokens > 0);

  const stream = ai.streamText({ ...settings, prompt: "Hello" });
  let text = "";
  for await (const piece of stream.textStream) text += piece;
  assert.ok(text.length > 0);
  assert.equal(await stream.finishReason, "stop");

  const agent = { ...settings, tools, stopWhen: ai.isStepCount(3), prompt: "What is the weather in Paris?" };
  const done = await ai.generateText(agent);
  assert.deepEqual(done.steps[0].toolCalls[0].input, { city: "Paris" });
  assert.match(done.text, /18 degrees/);
  const streamed = ai.streamText(agent);
  let told = "";
  for await (const piece of streamed.textStream) told += piece;
  assert.match(told, /18 degrees/);

  const object = await ai.generateText({ ...settings, output: ai.Output.object({ schema: Person }), prompt: "Ada Lovelace is 36 years old." });
  assert.deepEqual(object.output, { name: "Ada Lovelace", age: 36 });
  const written = ai.streamText({ ...settings, output: ai.Output.object({ schema: Person }), prompt: "Ada Lovelace is 36 years old." });
  let last;
  for await (const partial of written.partialOutputStream) last = partial;
  assert.deepEqual(last, { name: "Ada Lovelace", age: 36 });

  const both = await ai.generateText({ ...agent, prompt: "What is the weather in Paris and in Rome?" });
  assert.deepEqual(both.steps[0].toolCalls.map((call) => call.input.city), ["Paris", "Rome"]);
  assert.match(both.text, /Paris[^]*Rome/);

  const image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const picture = { type: "file", mediaType: "image/png", data: image };
  const seen = await ai.generateText({ ...settings, messages: [{ role: "user", content: [{ type: "text", text: "What is this?" }, picture] }] });
  assert.ok(seen.text.length > 0);

  await assert.rejects(ai.generateText({ ...settings, model: provider(process.env.HATZ_API_KEY)("no-such-model"), prompt: "Hello" }), (error) => {
    assert.ok(ai.APICallError.isInstance(error), `${error}`);
    assert.match(error.message, /not found/i);
    return true;
  });
  await assert.rejects(ai.generateText({ ...settings, model: provider("wrong")(id), prompt: "Hello" }), (error) => ai.APICallError.isInstance(error) && error.statusCode === 401);
}
console.log("ok");
