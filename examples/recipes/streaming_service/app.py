"""A web service that streams answers as server-sent events; the Dockerfile beside it starts it.

On SIGTERM uvicorn takes no new requests and waits for the running answers. Nothing else needs closing.
"""

import json
import os
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Body, FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from langchain_core.messages import AIMessageChunk

from langchain_hatz import ChatHatz, HatzError

model = ChatHatz(os.environ.get("HATZ_MODEL", "gpt-5.2"), deadline=120)  # seconds for a whole answer
app = FastAPI()


@app.get("/health")
async def health() -> dict[str, str]:
    """Tell that the process serves; it sends no request to Hatz, so it costs nothing."""
    return {"status": "ok"}


@app.post("/answer")
async def answer(question: Annotated[str, Body(embed=True, min_length=1, max_length=10_000)]) -> StreamingResponse:
    """Stream an answer: one event for each piece of text, then `done`, or `error` if it was interrupted.

    A client that leaves early ends the request to Hatz too.
    """
    chunks = aiter(model.astream(question))
    try:
        first = await anext(chunks)
    except HatzError as error:  # nothing was sent yet, so the client still gets a status
        raise HTTPException(502, f"No answer from the model (request {error.request_id}).") from error
    return StreamingResponse(events(first, chunks), media_type="text/event-stream")


async def events(first: AIMessageChunk, chunks: AsyncIterator[AIMessageChunk]) -> AsyncIterator[str]:
    """Write the events."""
    yield event("text", first.text)
    try:
        async for chunk in chunks:
            if chunk.text:
                yield event("text", chunk.text)
        yield event("done")
    except HatzError:
        yield event("error", "The answer was interrupted.")


def event(kind: str, text: str = "") -> str:
    """Write one event."""
    return f"event: {kind}\ndata: {json.dumps({'text': text})}\n\n"
