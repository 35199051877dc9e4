"""Services are data: one TOML file each, shipped in `catalogue/` or in a folder of the town.

`vamt.toml` lists what the town offers. An entry with a name is a whole service; one without takes
the file of its id (the town's own before a shipped one), and what it says replaces what the file
says: tables key by key, everything else as a whole.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from babel import localedata

from vamt import booking, catalogue_pdf, fees, forms, identity
from vamt.booking import Certificate, DataField, Declaration, Service, When
from vamt.catalogue_pdf import PdfFormConf
from vamt.form_words import YES_NO
from vamt.signature import TEXT_LENGTH, keys_in
from vamt.toml_file import SettingsError, at_line, convert, decode, read

SHIPPED = Path(__file__).parent / "catalogue"
LANGUAGES = ("de", "en", "fr", "tr", "uk", "ar")  # in which each shipped file is complete
ID = re.compile(r"[a-z0-9-]{1,60}")
FEE_LIMIT = 1_000_000  # cents; more is a slip


class _Conf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base: frozen, and a misspelt key is an error."""


class ChoiceConf(_Conf, frozen=True, kw_only=True):
    """One option of a choice."""

    value: str
    label: dict[str, str]


class WhenConf(_Conf, frozen=True, kw_only=True, rename={"values": "is"}):
    """A field is asked only when an earlier one, a choice, is this (or one of these)."""

    field: str
    values: str | list[str]

    @property
    def all(self) -> tuple[str, ...]:
        """The values, however they are written."""
        return (self.values,) if isinstance(self.values, str) else tuple(self.values)


class FieldConf(_Conf, frozen=True, kw_only=True):
    """One thing the citizen tells for her errand."""

    key: str
    label: dict[str, str]
    kind: str = "text"
    required: bool = False
    hint: dict[str, str] = {}
    choices: list[ChoiceConf] = []
    autocomplete: str = ""
    when: WhenConf | None = None  # { field = "...", is = "..." }
    ask: str = "before"  # the visit; "talk": only in the form that both fill in


class DeclarationConf(_Conf, frozen=True, kw_only=True):
    """A text prepared for signing. {name}, {date} and {key of a field} are filled in."""

    title: dict[str, str]
    text: dict[str, str]


class CertificateConf(_Conf, frozen=True, kw_only=True):
    """A paper that the desk makes from the form, in German; see `booking.Certificate`."""

    title: str
    text: str
    fields: list[str]
    labels: dict[str, str] = {}


class FeeConf(_Conf, frozen=True, kw_only=True):
    """What the result costs, in cents, by the way it takes to her. Not written: the clerk says."""

    electronic: int | None = None
    paper: int | None = None  # fetched at the town hall
    posted: int | None = None
    waivers: list[dict[str, str]] = []  # when and why it is free all the same
    policy: str = ""  # as fees.policy of the town, for this errand; empty: as there


class ServiceFile(_Conf, frozen=True, kw_only=True):
    """One errand, as its file describes it; the file's name is the id."""

    name: dict[str, str]
    minutes: int
    description: dict[str, str] = {}
    papers: list[dict[str, str]] = []
    fields: list[FieldConf] = []
    declarations: list[DeclarationConf] = []
    certificate: CertificateConf | None = None
    pdf_form: PdfFormConf | None = None
    pool: str = "default"
    every: int = 0
    identity: str = "none"
    keep: list[str] = []  # what a kept copy of the document leaves readable; empty: none is kept
    steps: list[str] = []  # identity, form, documents, signature, fee, handover
    delivery: list[str] = []  # electronic, paper, posted
    fee: FeeConf = FeeConf()
    law: list[str] = []
    languages: list[str] = []
    retention_days: int | None = None


class ServiceConf(ServiceFile, frozen=True, kw_only=True):
    """One errand of the town."""

    id: str


class Fault(NamedTuple):
    """What is wrong with a service: where in it, and what to write."""

    path: str
    text: str


def expanded(entries: Any, folder: Path | None) -> Any:
    """The entries of [[service]], those without a name filled from their files.

    `folder` holds the town's own files. Raises SettingsError naming the file and the line.
    What is no list of tables is returned as it is: its type is refused elsewhere.
    """
    if not isinstance(entries, list):
        return entries
    return [
        _expanded(_located(one, folder), folder) if isinstance(one, dict) else one
        for one in entries
    ]


def _located(tables: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """The tables of a service with the place of its PDF form, which lies in `folder`, in full."""
    form = tables.get("pdf_form")
    if not folder or not isinstance(form, dict) or not isinstance(form.get("file"), str):
        return tables
    return {**tables, "pdf_form": {**form, "file": str(folder / form["file"])}}


def _expanded(entry: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    id = entry.get("id")
    if "name" in entry or not isinstance(id, str) or not ID.fullmatch(id):
        return entry
    return _merged(_contents(_file_of(id, folder)), entry)


def _file_of(id: str, folder: Path | None) -> Path:
    own = [folder / f"{id}.toml"] if folder else []
    for file in (*own, SHIPPED / f"{id}.toml"):
        if file.is_file():
            return file
    known = ", ".join(sorted(shipped()))
    raise SettingsError(
        f"service {id!r}: has neither a name here nor a file {id}.toml; shipped are: {known}"
    )


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with `changes`: tables key by key, everything else replaced."""
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        result[key] = _merged(old, value) if both else value  # type: ignore[arg-type]
    return result


def _contents(file: Path) -> dict[str, Any]:
    """The tables of a service file; raises SettingsError with file, line and what is wrong."""
    text = read(file)
    try:
        found = _located(decode(text), file.parent)
        service = convert(found, ServiceFile, text)
    except SettingsError as error:
        raise SettingsError(f"{file}: {error}") from None
    for fault in faults(service):
        raise SettingsError(f"{file}: {at_line(text, fault.path)}{fault.text}")
    return found


def load(file: Path) -> ServiceFile:
    """The service a file describes; raises SettingsError with file, line and what is wrong."""
    return msgspec.convert(_contents(file), ServiceFile)


def shipped() -> dict[str, Path]:
    """The files that come with the program, by id."""
    return {file.stem: file for file in sorted(SHIPPED.glob("*.toml"))}


def faults(service: ServiceFile) -> Iterator[Fault]:
    """What the types cannot refuse."""
    if not any(service.name.values()):
        yield Fault("name", "name: write it in at least one language")
    for key in ("minutes", "every"):
        value = getattr(service, key)
        if value < 0 or value % 5 or (key == "minutes" and not value):
            yield Fault(key, "minutes and every must be multiples of 5")
    for key, known in (
        ("steps", booking.STEPS),
        ("delivery", booking.CHANNELS),
        ("keep", identity.FIELDS),
    ):
        given = getattr(service, key)
        if wrong := [one for one in given if one not in known]:
            yield Fault(key, f"{key}: {wrong[0]!r} is none of {', '.join(known)}")
        if len(set(given)) < len(given):
            yield Fault(key, f"{key}: each one once")
    if service.identity not in booking.LEVELS:
        yield Fault("identity", f"identity: write one of {', '.join(booking.LEVELS)}")
    for channel in booking.CHANNELS:
        cents = getattr(service.fee, channel)
        if cents is not None and not 0 <= cents <= FEE_LIMIT:
            yield Fault(f"fee.{channel}", f"fee.{channel}: write cents, from 0 to {FEE_LIMIT}")
    if service.fee.policy not in ("", *fees.POLICIES):
        yield Fault("fee.policy", f"fee.policy: write one of {', '.join(fees.POLICIES)}")
    if service.retention_days is not None and not 0 <= service.retention_days <= 3660:
        yield Fault("retention_days", "retention_days: write a number from 0 to 3660")
    for code in service.languages:
        if not localedata.exists(code):
            yield Fault("languages", f"languages: {code!r} is not known")
    yield from _faults_of_fields(service.fields)
    yield from _faults_of_declarations(service)
    if service.certificate:
        yield from _faults_of_certificate(service, service.certificate)
    if service.pdf_form:
        choices = {field.key: _values(field) for field in service.fields}
        for path, text in catalogue_pdf.faults(service.pdf_form, choices):
            yield Fault(path, text)


def _values(field: FieldConf) -> list[str] | None:
    """What can be chosen in a field; None: it is typed."""
    if field.kind not in forms.CHOSEN:
        return None
    if field.kind == "yes_no":
        return [value for value, _ in YES_NO]
    return [choice.value for choice in field.choices]


def _faults_of_fields(fields: list[FieldConf]) -> Iterator[Fault]:
    seen: dict[str, FieldConf] = {}
    for number, field in enumerate(fields):
        path = f"fields[{number}]"
        if field.kind not in forms.KINDS:
            yield Fault(f"{path}.kind", f"field {field.key!r}: kind {field.kind!r} is not known")
        if (field.kind == "choice") != bool(field.choices):
            yield Fault(path, f"field {field.key!r}: a choice needs choices, and nothing else does")
        if field.ask not in forms.ASKED:
            yield Fault(f"{path}.ask", f"field {field.key!r}: ask is before or talk")
        if field.key in seen:
            yield Fault(f"{path}.key", f"field {field.key!r}: is there twice")
        if field.when:
            yield from _faults_of_when(field, field.when, seen, f"{path}.when")
        seen[field.key] = field


def _faults_of_when(
    field: FieldConf, when: WhenConf, earlier: dict[str, FieldConf], path: str
) -> Iterator[Fault]:
    told = f"field {field.key!r}: when"
    other = earlier.get(when.field)
    if other is None:
        yield Fault(f"{path}.field", f"{told}: {when.field!r} is no earlier field")
        return
    known = _values(other)
    if known is None:
        yield Fault(f"{path}.field", f"{told}: {when.field!r} must be a choice or yes_no")
    elif wrong := [value for value in when.all or ("",) if value not in known]:
        yield Fault(f"{path}.is", f"{told}: {wrong[0]!r} is none of {', '.join(known)}")
    if (field.ask, other.ask) == ("before", "talk"):
        yield Fault(f"{path}.field", f"{told}: {when.field!r} is asked only in the talk")


def _faults_of_declarations(service: ServiceFile) -> Iterator[Fault]:
    known = {"name", "date", *(field.key for field in service.fields)}
    for number, declaration in enumerate(service.declarations):
        path = f"declarations[{number}]"
        if not any(declaration.title.values()) or not any(declaration.text.values()):
            yield Fault(path, "declarations: title and text, in at least one language")
        for code, text in declaration.text.items():
            if unknown := sorted(keys_in(text) - known):
                yield Fault(
                    f"{path}.text.{code}",
                    f"declarations: {{{unknown[0]}}} is neither name nor date nor a field",
                )
            if len(text) > TEXT_LENGTH:
                yield Fault(
                    f"{path}.text.{code}", f"declarations: {TEXT_LENGTH} characters at most"
                )


def _faults_of_certificate(service: ServiceFile, conf: CertificateConf) -> Iterator[Fault]:
    known = {field.key for field in service.fields}
    for key in ("title", "text"):
        if not getattr(conf, key).strip():
            yield Fault(f"certificate.{key}", f"certificate.{key}: must not be empty")
    if unknown := [key for key in conf.fields if key not in known]:
        yield Fault("certificate.fields", f"certificate.fields: {unknown[0]!r} is no field")
    if unwritable := sorted(keys_in(conf.text) - known - {"name", "date"}):
        yield Fault(
            "certificate.text",
            f"certificate.text: {{{unwritable[0]}}} is neither name nor date nor a field",
        )


def untranslated(service: ServiceFile, languages: Collection[str]) -> list[Fault]:
    """Every text of a service that is missing in one of the languages."""
    return [
        Fault(path, f"{path}: has no text in {code!r}")
        for path, words in _texts(service)
        for code in languages
        if not words.get(code, "").strip()
    ]


def _texts(service: ServiceFile) -> Iterator[tuple[str, dict[str, str]]]:
    yield "name", service.name
    if service.description:
        yield "description", service.description
    for number, words in enumerate(service.papers):
        yield f"papers[{number}]", words
    for number, words in enumerate(service.fee.waivers):
        yield f"fee.waivers[{number}]", words
    for number, declaration in enumerate(service.declarations):
        yield f"declarations[{number}].title", declaration.title
        yield f"declarations[{number}].text", declaration.text
    for number, field in enumerate(service.fields):
        yield f"fields[{number}].label", field.label
        if field.hint:
            yield f"fields[{number}].hint", field.hint
        for position, choice in enumerate(field.choices):
            yield f"fields[{number}].choices[{position}].label", choice.label


def incomplete() -> list[str]:
    """What is missing in the shipped files: "beratung.toml: line 7: ..."; [] when all is there."""
    found = []
    for file in shipped().values():
        text = read(file)
        for fault in untranslated(load(file), LANGUAGES):
            found.append(f"{file.name}: {at_line(text, fault.path)}{fault.text}")
    return found


def offered(conf: ServiceConf) -> Service:
    """The service as the domain knows it."""
    tariff = {one: getattr(conf.fee, one) for one in booking.CHANNELS}
    return Service(
        id=conf.id,
        name=conf.name,
        minutes=conf.minutes,
        description=conf.description,
        papers=tuple(conf.papers),
        fields=tuple(
            DataField(
                key=f.key,
                label=f.label,
                kind=f.kind,
                required=f.required,
                hint=f.hint,
                choices=YES_NO
                if f.kind == "yes_no"
                else tuple((c.value, c.label) for c in f.choices),
                autocomplete=f.autocomplete,
                when=When(f.when.field, f.when.all) if f.when else None,
                ask=f.ask,
            )
            for f in conf.fields
        ),
        declarations=tuple(Declaration(d.title, d.text) for d in conf.declarations),
        certificate=Certificate(
            conf.certificate.title,
            conf.certificate.text,
            tuple(conf.certificate.fields),
            conf.certificate.labels,
        )
        if conf.certificate
        else None,
        pdf_form=catalogue_pdf.known(conf.pdf_form) if conf.pdf_form else None,
        pool=conf.pool,
        every=conf.every,
        identity=conf.identity,
        keep=tuple(conf.keep),
        steps=tuple(one for one in booking.STEPS if one in conf.steps),
        fees={one: tariff[one] for one in conf.delivery},
        waivers=tuple(conf.fee.waivers),
        fee_policy=conf.fee.policy,
        law=tuple(conf.law),
        languages=tuple(conf.languages),
        retention_days=conf.retention_days,
    )
