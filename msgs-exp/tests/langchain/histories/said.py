"""What every service is made to say: two tool calls after a word, and then an answer.

Everything that belongs to a service alone (ids of items, signatures, encrypted content, thoughts) holds `TRACE`, in base64
where its format wants that: none of it may be seen by another service.
"""

import base64
import json

TRACE = "SECRET"
CODED = base64.b64encode(b"SECRET-SECRET").decode()
THOUGHT = f"{TRACE}: two cities, so two calls."
LOOK, PARIS, ROME = "Let me look.", "In Paris it is 21 °C and sunny 🙂.", " In Rome it rains."
CITIES = ("Paris", "Rome")


def arguments(city):
    return {"city": city, "unit": "°C"}


def as_json(value):
    return json.dumps(value, ensure_ascii=False)


def sse(events, *, named=False, done=False):
    lines = [(f"event: {event['type']}\n" if named else "") + f"data: {as_json(event)}\n\n" for event in events]
    return ("".join(lines) + ("data: [DONE]\n\n" if done else "")).encode()


def halves(text):
    return text[: len(text) // 2], text[len(text) // 2 :]
