"""The few words of WebDriver BiDi the lab speaks, without a browser."""

from typing import Any

import pytest

from bench.netlab.firefox import Bidi, FirefoxPage


class Line:
    """A WebSocket whose other end has its answers ready."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)
        self.sent: list[dict[str, Any]] = []

    async def send_json(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def receive_json(self) -> dict[str, Any]:
        return self.answers.pop(0)


def bidi(*answers: dict[str, Any]) -> tuple[Bidi, Line]:
    line = Line(*answers)
    return Bidi(line), line  # type: ignore[arg-type]


def value(number: int, text: str) -> dict[str, Any]:
    found = {"type": "success", "result": {"type": "string", "value": text}}
    return {"id": number, "type": "success", "result": found}


async def test_an_answer_is_found_among_events() -> None:
    talk, line = bidi({"type": "event"}, {"id": 1, "type": "success", "result": {"a": 1}})
    assert await talk.ask("session.new", capabilities={}) == {"a": 1}
    assert line.sent == [{"id": 1, "method": "session.new", "params": {"capabilities": {}}}]


async def test_a_refusal_is_an_oserror() -> None:
    talk, _ = bidi({"id": 1, "type": "error", "error": "no such frame", "message": "gone"})
    with pytest.raises(OSError, match="no such frame: gone"):
        await talk.ask("browsingContext.navigate")


async def test_a_value_comes_as_json() -> None:
    talk, line = bidi(value(1, '{"citizen": [1, 2]}'), value(2, "null"))
    page = FirefoxPage(talk, "tab", "container")
    assert await page.evaluate("__lab.marks") == {"citizen": [1, 2]}
    assert await page.evaluate("undefined") is None
    assert line.sent[0]["params"]["target"] == {"context": "tab"}


async def test_what_throws_in_the_page_is_an_oserror() -> None:
    thrown = {"type": "exception", "exceptionDetails": {"text": "ReferenceError"}}
    talk, _ = bidi({"id": 1, "type": "success", "result": thrown})
    with pytest.raises(OSError, match="ReferenceError"):
        await FirefoxPage(talk, "tab", "container").evaluate("nothing")
