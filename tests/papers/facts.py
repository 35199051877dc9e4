"""What the templates of papers need."""

from typing import Any

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">'
    '<path d="M10 80 C40 10 65 10 95 80 S150 50 180 80" stroke="#000" fill="none"/></svg>'
)
STATEMENT: dict[str, Any] = {
    "title": "Vollmacht",
    "town": {
        "full_name": "Stadt Kleinstadt",
        "address": ["Marktplatz 1", "12345 Kleinstadt"],
        "logo": "",
        "logo_alt": "",
    },
    "date": {"year": 2026, "month": 11, "day": 25},
    "language": "de",
    "right_to_left": False,
    "foot": "Prüfen: https://amt.example/pruefen",
    "paragraphs": ["Ich bevollmächtige meine Schwester."],
    "signature": SVG,
    "signature_alt": "Unterschrift von Ayşe Yılmaz",
    "name": "Ayşe Yılmaz",
    "signed": "Unterschrieben am 25. November 2026",
    "remarks": ["Einfache elektronische Signatur."],
}
CERTIFICATE: dict[str, Any] = {
    **{
        key: STATEMENT[key]
        for key in ("town", "date", "language", "right_to_left", "foot", "remarks")
    },
    "title": "Meldebescheinigung",
    "paragraphs": ["Für die folgende Person wird bescheinigt, dass sie gemeldet ist."],
    "columns": ["Angabe", "Bescheinigt"],
    "rows": [["Name", "Łucja Müller-Ångström"], ["Geburtsdatum", "1. Mai 1990"]],
    "place": "Kleinstadt, 25. November 2026",
    "by": "Ausgestellt im Videogespräch von Anna Amt",
}
LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">'
    '<rect width="10" height="10" fill="#0a5" fill-opacity="0.5"/></svg>'
)
