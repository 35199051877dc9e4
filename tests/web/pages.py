"""Reading HTML as a browser without JavaScript does: forms, links, words."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"input", "img", "br", "meta", "link", "hr", "path", "source", "use", "circle", "rect"}
SILENT = {"script", "style", "template", "title", "svg"}


@dataclass
class Field:
    """A control of a form. Radio buttons of one name are one field with several values."""

    name: str
    kind: str
    value: str | None = None
    choices: list[str] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Form:
    """A form with its controls as the page has filled them."""

    action: str
    method: str
    fields: dict[str, Field] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)

    def filled(self, **values: str) -> list[tuple[str, str]]:
        """What the browser sends after somebody has typed `values`; she can only use the
        controls that are there, and choose only what is offered."""
        for name, value in values.items():
            control = self.fields[name]
            assert control.kind != "hidden", f"nobody can type into {name!r}"
            if control.kind in ("radio", "select"):
                assert value in control.choices, f"{value!r} is not offered"
        return [
            (name, sent)
            for name, control in self.fields.items()
            if (sent := values.get(name, control.value)) is not None
        ]

    def values(self) -> dict[str, str | None]:
        """What stands in the controls now."""
        return {name: control.value for name, control in self.fields.items()}


class Html(HTMLParser):
    """One page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = text
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []  # (address, words)
        self.language = ""
        self.title = ""
        self.headings: list[str] = []
        self.errors: dict[str, str] = {}  # id of the control -> words
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._words: list[str] = []
        self._stack: list[tuple[str, dict[str, str], int]] = []
        self._silent = 0
        self.feed(text)
        self.close()

    # --- what a test asks

    @property
    def words(self) -> str:
        """All words of the page, blanks collapsed."""
        return " ".join(" ".join(self._words).split())

    def form(self, containing: str = "") -> Form:
        """The only form, or the only one with a certain control."""
        found = [f for f in self.forms if not containing or containing in f.fields]
        assert len(found) == 1, [f.action for f in found]
        return found[0]

    def link(self, ending: str) -> str:
        """The address of the first link that ends so."""
        return next(address for address, _ in self.links if address.endswith(ending))

    # --- parsing

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {key: value or "" for key, value in attrs}
        self.tags.append((tag, attributes))
        if tag not in VOID:
            self._stack.append((tag, attributes, len(self._words)))
        if tag in SILENT:
            self._silent += 1
        if tag == "html":
            self.language = attributes.get("lang", "")
        elif tag == "form":
            method = attributes.get("method", "get").lower()
            self.forms.append(Form(attributes.get("action", ""), method))
        elif tag in ("input", "select", "textarea", "button", "option") and self.forms:
            self._control(tag, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {key: value or "" for key, value in attrs}))

    def _control(self, tag: str, attributes: dict[str, str]) -> None:
        form = self.forms[-1]
        if not any(name == "form" for name, _, _ in self._stack):
            return
        if tag == "option":
            control = list(form.fields.values())[-1]
            control.choices.append(attributes.get("value", ""))
            if "selected" in attributes or control.value is None:
                control.value = attributes.get("value", "")
            return
        name = attributes.get("name", "")
        if not name or tag == "button":
            return
        kind = attributes.get("type", "text") if tag == "input" else tag
        control = form.fields.setdefault(name, Field(name, kind, attributes=attributes))
        if kind == "radio":
            control.choices.append(attributes["value"])
            if "checked" in attributes:
                control.value = attributes["value"]
        elif tag == "input":
            control.value = attributes.get("value", "")
        elif tag == "textarea":
            control.value = ""

    def handle_endtag(self, tag: str) -> None:
        while self._stack:
            name, attributes, since = self._stack.pop()
            words = " ".join(" ".join(self._words[since:]).split())
            if name in SILENT:
                self._silent -= 1
            if name == "a":
                self.links.append((attributes.get("href", ""), words))
            elif name in ("h1", "h2"):
                self.headings.append(words)
            elif name == "button" and self.forms:
                self.forms[-1].buttons.append(words)
            elif name == "p" and attributes.get("id", "").endswith("-error"):
                self.errors[attributes["id"].removesuffix("-error")] = words
            if name == tag:
                break

    def handle_data(self, data: str) -> None:
        name, attributes, _ = self._stack[-1] if self._stack else ("", {}, 0)
        if name == "title":
            self.title = data.strip()
        if name == "textarea" and self.forms:
            list(self.forms[-1].fields.values())[-1].value = data
        if not self._silent:
            self._words.append(data)
