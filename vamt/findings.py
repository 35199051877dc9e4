"""What a check found: a sentence that says what to mend, for `vamt check` and /verwaltung."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`text` is a sentence with places for `params`; `about` names the thing (a file, a URL)."""

    part: str  # settings | services | data | mail | web | turn
    level: Level
    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    about: str = ""

    @property
    def words(self) -> str:
        """The sentence in English."""
        return self.text % self.params if self.params else self.text


def saying(part: str) -> Callable[..., Finding]:
    """Make findings of one part: say("warn", "The %(thing)s is old.", thing="key")."""

    def say(level: Level, text: str, **params: Any) -> Finding:
        return Finding(part, level, text, params)

    return say
