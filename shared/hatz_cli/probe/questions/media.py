"""Images and documents in messages."""

from __future__ import annotations

from typing import Any

from hatz_cli.exchange import Exchange, Request
from hatz_cli.probe import reading
from hatz_cli.probe.interpret import works
from hatz_cli.probe.question import Claim, Question, chat, messages, responses
from hatz_cli.probe.samples import CODE, pdf, red_png

_COLOUR = "What colour is this square? One word."
_ASK_CODE = "What is the code in the document? Only the code."
_PNG, _PDF = red_png(), pdf()
_DATA_URL = f"data:image/png;base64,{_PNG}"
_SEE = {
    "works": "Images may be sent to this model on this endpoint.",
    "ignored": "The image was taken and not seen: use another model or endpoint (hatz models --vision).",
    "refused": 'Use another endpoint, or native chat with an upload (endpoint="chat").',
}
_READ = {
    "works": "Documents of this kind may be sent to this model on this endpoint.",
    "ignored": "The document was taken and not read: send its text, or use native chat with an upload.",
    "refused": "Send the document's text, or use native chat with an upload.",
}


def _sees_red(exchange: Exchange) -> bool:
    return "red" in reading.text(exchange).lower()


def _reads_code(exchange: Exchange) -> bool:
    return CODE in reading.text(exchange)


def _responses(question: str, part: dict[str, Any]) -> Request:
    return responses(input=[{"role": "user", "content": [part, {"type": "input_text", "text": question}]}])


def _messages(question: str, block: dict[str, Any]) -> Request:
    return messages(messages=[{"role": "user", "content": [block, {"type": "text", "text": question}]}])


QUESTIONS = (
    Question(
        id="responses-image",
        asks="Does a model on Responses see an input_image?",
        send=_responses(_COLOUR, {"type": "input_image", "image_url": _DATA_URL}),
        interpret=works(_sees_red),
        means=_SEE,
        claim=Claim("Responses takes input_image", "none", "unknown"),
        tokens=400,
        used_by=("responses.media",),
    ),
    Question(
        id="responses-file",
        asks="Does a model on Responses read an input_file?",
        send=_responses(
            _ASK_CODE,
            {"type": "input_file", "filename": "code.pdf", "file_data": f"data:application/pdf;base64,{_PDF}"},
        ),
        interpret=works(_reads_code),
        means=_READ,
        claim=Claim("Responses takes input_file", "none", "unknown"),
        tokens=600,
    ),
    Question(
        id="messages-image",
        asks="Does a model on Messages see an image?",
        send=_messages(
            _COLOUR, {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": _PNG}}
        ),
        interpret=works(_sees_red),
        means=_SEE,
        claim=Claim("Messages takes images", "not on the list of the help page", "unknown"),
        tokens=400,
        used_by=("messages.media",),
    ),
    Question(
        id="messages-pdf",
        asks="Does a model on Messages read a PDF?",
        send=_messages(
            _ASK_CODE, {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": _PDF}}
        ),
        interpret=works(_reads_code),
        means=_READ,
        claim=Claim("Messages takes PDF documents", "not on the list of the help page", "unknown"),
        tokens=2000,
    ),
    Question(
        id="messages-text-document",
        asks="Does a model on Messages read a document of plain text?",
        send=_messages(
            _ASK_CODE,
            {
                "type": "document",
                "source": {"type": "text", "media_type": "text/plain", "data": f"The code is {CODE}."},
            },
        ),
        interpret=works(_reads_code),
        means=_READ,
        claim=Claim("Messages takes documents of plain text", "not on the list of the help page", "unknown"),
        tokens=100,
        used_by=("messages.text_documents",),
    ),
    Question(
        id="chat-content-parts",
        asks="Does native chat take content in parts?",
        send=chat(
            messages=[
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": _COLOUR},
                        {"type": "image_url", "image_url": {"url": _DATA_URL}},
                    ],
                }
            ]
        ),
        interpret=works(_sees_red),
        means={
            "works": "Native chat would take images in messages; report it, because the client uploads them.",
            "ignored": "Native chat sees images only after an upload, as the client does it.",
            "refused": "Native chat sees images only after an upload, as the client does it.",
        },
        claim=Claim("Content on native chat is a string", "Hatz's OpenAPI description of 2024; public clients", "seen"),
        tokens=400,
        used_by=("chat.media",),
    ),
)
