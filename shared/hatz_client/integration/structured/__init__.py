"""Answers that are objects, on every endpoint: how they are asked for, and how they are read.

Nothing shows that the gateway enforces `text.format` or `output_config.format`, so an object is asked for with a tool that
the model is made to call; where it cannot be, with words. `request` decides and builds, `answer_tool` turns the tool's call
into text, `find_json` looks for JSON in words, `objects` makes the object and says why there is none.
"""
