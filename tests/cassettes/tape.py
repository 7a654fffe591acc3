"""Readable cassettes: JSON bodies as YAML, event streams as text, and only the relevant headers.

A request matches by method, path and body, read as JSON; the host that answered is not recorded.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from vcr import VCR
from vcr.persisters.filesystem import CassetteNotFoundError
from vcr.request import Request

FOLDER = Path(__file__).parents[2] / "cassettes"
ENDPOINTS = ("/v1/openai/", "/v1/anthropic/", "/v1/chat/")
REQUEST_HEADERS = {"accept", "content-type"}
RESPONSE_HEADERS = {"content-type", "retry-after", "request-id", "x-request-id"}


class _Dumper(yaml.SafeDumper):
    """Writes multi-line texts as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    # PyYAML writes these three as they are, and reads them as ends of lines.
    quoted = any(end in text for end in "\x85\u2028\u2029")
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style='"' if quoted else "|" if "\n" in text else None
    )


_Dumper.add_representer(str, _text)


def written(body: bytes | None) -> dict[str, Any]:
    """A body as a cassette stores it: `json` if nothing is lost, else `text` or `bytes`."""
    if not body:
        return {}
    try:
        value = json.loads(body)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:
        pass
    else:
        return {"json": value}
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"bytes": body}


def body_of(entry: dict[str, Any]) -> bytes:
    """The body that a cassette stores."""
    match entry:
        case {"json": value}:
            return json.dumps(value, ensure_ascii=False).encode()
        case {"text": str(text)}:
            return text.encode()
        case {"bytes": bytes(body)}:
            return body
        case _:
            return b""


def dumped(exchanges: list[dict[str, Any]]) -> str:
    """Exchanges as the text of a cassette."""
    return yaml.dump(exchanges, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


_IDS = re.compile(r"(?<![\w-])(?:[a-z]+[_-](?=[a-z_-]*[A-Z0-9])[\w-]{12,}|[0-9a-f]{32}(?:-[0-9]+)?|1[0-9]{9})(?![\w-])")
"""Ids and times, which a server creates for each answer."""


def is_same(one: str, other: str) -> bool:
    """Whether two cassettes are equal except for ids and times."""
    return _IDS.sub("", one) == _IDS.sub("", other)


def read(path: Path) -> list[dict[str, Any]]:
    """The exchanges in a cassette: each has a `request` and a `response`."""
    return list(yaml.safe_load(path.read_text(encoding="utf-8")))


class Persister:
    """Loads and saves cassettes for vcrpy."""

    @staticmethod
    def load_cassette(path: str, serializer: Any) -> tuple[list[Request], list[dict[str, Any]]]:
        if not Path(path).is_file():
            raise CassetteNotFoundError
        exchanges = read(Path(path))
        return [_request(one["request"]) for one in exchanges], [_response(one["response"]) for one in exchanges]

    @staticmethod
    def save_cassette(path: str, cassette_dict: dict[str, Any], serializer: Any) -> None:
        exchanges = [
            {
                "request": {
                    "method": asked.method,
                    "path": urlsplit(asked.uri).path,
                    "headers": {name.lower(): value for name, value in asked.headers.items()},
                    **written(asked.body),
                },
                "response": {
                    "status": answered["status"]["code"],
                    "headers": {name.lower(): ", ".join(values) for name, values in answered["headers"].items()},
                    **written(answered["body"]["string"]),
                },
            }
            for asked, answered in zip(cassette_dict["requests"], cassette_dict["responses"], strict=True)
        ]
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(dumped(exchanges), encoding="utf-8")


def _request(entry: dict[str, Any]) -> Request:
    return Request(entry["method"], f"https://recorded{entry['path']}", body_of(entry), entry["headers"])


def _response(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": {"code": entry["status"], "message": ""},
        "headers": {name: [value] for name, value in entry["headers"].items()},
        "body": {"string": body_of(entry)},
    }


def same_json(one: Request, other: Request) -> None:
    """Fail when the bodies differ as JSON, showing both."""
    mine, recorded = (json.loads(request.body) if request.body else None for request in (one, other))
    assert mine == recorded, f"the body is now {mine}, and was {recorded}"


def _only_of_the_gateway(request: Request) -> Request | None:
    """The request without what is secret; None for what passes between our own front and the server behind it."""
    if not request.path.startswith(ENDPOINTS):
        return None
    request.headers = {name: value for name, value in request.headers.items() if name.lower() in REQUEST_HEADERS}
    return request


def _without_noise(response: dict[str, Any]) -> dict[str, Any]:
    kept = {name: values for name, values in response["headers"].items() if name.lower() in RESPONSE_HEADERS}
    return {**response, "headers": kept}


def recorder() -> VCR:
    """The VCR that all tests share."""
    vcr = VCR(
        match_on=["method", "path", "query", "same_json"],
        before_record_request=_only_of_the_gateway,
        before_record_response=_without_noise,
        decode_compressed_response=True,
    )
    vcr.register_matcher("same_json", same_json)
    vcr.register_persister(Persister)
    return vcr
