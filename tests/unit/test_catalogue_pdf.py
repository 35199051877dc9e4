"""A PDF form of the town's own in a service's file: slips are told at the start, with the line."""

from pathlib import Path

import pytest

from tests.papers.pdf_forms import form, ticked
from vamt import settings
from vamt.booking import Option, PdfForm
from vamt.catalogue_pdf import snippet
from vamt.settings import SettingsError

HEAD = """
services = "services"
[town]
name = "Amselfingen"
[[opening]]
days = ["mon"]
from = 08:00:00
to = 12:00:00
[[service]]
id = "buecherei"
"""
OWN = """minutes = 20
name = { de = "Büchereiausweis" }
[[fields]]
key = "reader"
kind = "choice"
label = { de = "Für wen?" }
choices = [ { value = "adult", label = {} }, { value = "child", label = {} } ]
[[fields]]
key = "news"
kind = "yes_no"
label = { de = "Post?" }

[pdf_form]
file = "ausweis.pdf"
title = "Antrag"
[pdf_form.fields]
"""
LINE = len(OWN.splitlines()) + 1
PDF = form(
    {"FT": "/Tx", "T": "name", "TU": "Name und\nVorname", "MaxLen": 40},
    {"FT": "/Btn", "T": "post", "AP": ticked("ja")},
    {"FT": "/Btn", "T": "wer", "Ff": 1 << 15, "Kids": [{"AP": ticked("e")}, {"AP": ticked("k")}]},
    {"FT": "/Ch", "T": "land", "Opt": [["DE", "Deutschland"]]},
    {"FT": "/Ch", "T": "ort", "Ff": 1 << 17 | 1 << 18, "Opt": ["Ulm"]},
    {"FT": "/Sig", "T": "unterschrift"},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A town's folder with a PDF form."""
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "ausweis.pdf").write_bytes(PDF)
    return tmp_path


def known(folder: Path, fields: str, more: str = "") -> PdfForm | None:
    (folder / "services" / "buecherei.toml").write_text(OWN + fields, "utf-8")
    return settings.parse(HEAD + more, folder).services()["buecherei"].pdf_form


def wrong(folder: Path, fields: str) -> str:
    with pytest.raises(SettingsError) as error:
        known(folder, fields)
    return str(error.value)


def test_a_form_with_all_kinds_of_fields(folder: Path) -> None:
    found = known(
        folder,
        """name = "{name}, {reader}"
post = { field = "news", options = { yes = "ja" } }
wer = { field = "reader", options = { adult = "e", child = "k" } }
land = "DE"
ort = "{case} {clerk} {date}"
""",
        '[service.pdf_form]\ntitle = "Unser Antrag"\n',
    )
    assert found is not None
    assert found.file == str(folder / "services" / "ausweis.pdf")
    assert found.title == "Unser Antrag", "what vamt.toml says counts"
    assert found.fields["post"] == Option("news", {"yes": "ja"})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('nam = "{name}"', "no field 'nam'; is it 'name'?"),
        ('xyz = "{name}"', "no field 'xyz'"),
        ('unterschrift = "{name}"', "signature"),
        ('name = "{nobody}"', "{nobody} is no field of the service"),
        ('post = "{news}"', "can only be chosen"),
        ('post = "Yes"', "'Yes' is not in the PDF, which has 'ja'"),
        ('land = "FR"', "'FR' is not in the PDF, which has 'DE'"),
        ('wer = { field = "name", options = {} }', "'name' is no choice"),
        ('wer = { field = "reader", options = { baby = "k" } }', "'baby' is none of adult, child"),
        ('wer = { field = "reader", options = { child = "x" } }', "'x' is not in the PDF"),
        ('wer = { field = "reader" }', "options"),
    ],
)
def test_slips_are_told_with_their_line(folder: Path, line: str, why: str) -> None:
    told = wrong(folder, line)
    assert why in told and "buecherei.toml" in told
    assert f"line {LINE}: " in told or "options" == why


def test_files_that_are_no_form(folder: Path) -> None:
    file = folder / "services" / "ausweis.pdf"
    file.write_bytes(form({"FT": "/Tx", "T": "Siegel"}))
    assert "'Siegel' is kept for our seal" in wrong(folder, "")
    file.write_bytes(form(XFA="<xdp/>"))
    told = wrong(folder, "")
    assert "XFA only" in told and f"line {OWN.splitlines().index('[pdf_form]') + 2}: " in told
    file.unlink()
    assert f"{file}: No such file" in wrong(folder, "")


def test_a_table_to_begin_with(folder: Path) -> None:
    assert (
        snippet(folder / "services" / "ausweis.pdf")
        == '''[pdf_form]
file = "ausweis.pdf"
title = "ausweis"

[pdf_form.fields]
# text, 40 characters: Name und Vorname
#"name" = "{key}"
# check box
#"post" = { field = KEY, options = { VALUE = "ja" } }
# radio group
#"wer" = { field = KEY, options = { VALUE = "e", VALUE = "k" } }
# list
#"land" = { field = KEY, options = { VALUE = "DE" } }
# list
#"ort" = "{key}"'''
    )
