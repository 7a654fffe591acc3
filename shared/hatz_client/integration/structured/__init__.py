"""Structured output on every endpoint: how an object is requested, and how the answer is read.

There is no evidence that the gateway enforces `text.format` or `output_config.format`. So an object is requested with a tool
that the model is forced to call; if that is impossible, with an instruction in the prompt. `request` decides and builds,
`answer_tool` turns the tool's call into text, `find_json` finds JSON in text, `objects` builds the object or explains why
there is none.
"""
