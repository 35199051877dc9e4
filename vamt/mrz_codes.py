"""Codes of the machine-readable zone: states, and the numbers their documents carry.

States: ISO 3166-1 alpha-3 and the additions of ICAO Doc 9303-3, section 5. Numbers: only patterns
that are well known; a state that is not here has no known pattern, which is the careful side:
then every look-alike character counts as possible.
"""

import re

COUNTRIES = frozenset(
    (
        "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA "
        "BGD BGR BHR BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN "
        "CIV CMR COD COG COK COL COM CPV CRI CUB CUW CXR CYM CYP CZE DJI DMA DNK DOM DZA ECU EGY "
        "ERI ESH ESP EST ETH FIN FJI FLK FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ "
        "GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR "
        "ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO LBN LBR LBY LCA LIE LKA LSO LTU "
        "LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG MNP MOZ MRT MSR MTQ "
        "MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN PER PHL "
        "PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB "
        "SLE SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL "
        "TKM TLS TON TTO TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT "
        "WLF WSM YEM ZAF ZMB ZWE "
        # Germany; British nationals; the United Nations and other bodies; stateless persons,
        # refugees and persons of unknown nationality; Kosovo; the specimen state of Doc 9303
        "D GBD GBN GBO GBP GBS UNO UNA UNK XBA XIM XCC XCE XCO XEC XPO XES XMP XOM XDC "
        "XXA XXB XXC XXX EUE RKS UTO"
    ).split()
)

# Vowels and what looks like another character are left out of German numbers.
_GERMAN = "[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}"

# (issuer, first letter of the document's code) -> the number field with its fillers
_NUMBERS = {
    ("D<<", "I"): _GERMAN,
    ("D<<", "A"): _GERMAN,
    # children's and temporary passports: letter and seven digits
    ("D<<", "P"): rf"{_GERMAN}|[A-F]\d{{7}}<",
    ("NLD", "I"): r"[A-NP-Z]{2}[A-NP-Z0-9]{6}\d",
    ("NLD", "P"): r"[A-NP-Z]{2}[A-NP-Z0-9]{6}\d",
    ("ESP", "I"): r"[A-Z]{3}\d{6}",
    ("ESP", "P"): r"[A-Z]{3}\d{6}|[A-Z]{2}\d{6}<",
    ("POL", "I"): r"[A-Z]{3}\d{6}",
    ("POL", "P"): r"[A-Z]{2}\d{7}",
    ("ITA", "I"): r"C[A-Z]\d{5}[A-Z]{2}",
    ("ITA", "P"): r"[A-Z]{2}\d{7}",
    ("FRA", "P"): r"\d{2}[A-Z]{2}\d{5}",
    ("GRC", "P"): r"[A-Z]{2}\d{7}",
    ("HUN", "I"): r"\d{6}[A-Z]{2}<",
    ("HUN", "P"): r"[A-Z]{2}\d{7}|[A-Z]{2}\d{6}<",
    ("CZE", "I"): r"\d{9}",
    ("CZE", "P"): r"\d{8}<",
    ("HRV", "I"): r"\d{9}",
    ("HRV", "P"): r"\d{9}",
    ("TUR", "I"): r"[A-Z]\d{2}[A-Z]\d{5}",
    ("TUR", "P"): r"[A-Z]\d{8}",
    ("UKR", "I"): r"\d{9}",
    ("UKR", "P"): r"[A-Z]{2}\d{6}<",
    ("GBR", "P"): r"\d{9}",
    ("USA", "P"): r"\d{9}|[A-Z]\d{8}",
    ("CAN", "P"): r"[A-Z]{2}\d{6}<|[A-Z]\d{6}[A-Z]{2}",
    ("IND", "P"): r"[A-Z]\d{7}<",
    ("JPN", "P"): r"[A-Z]{2}\d{7}",
    ("RUS", "P"): r"\d{9}",
    ("VNM", "P"): r"[A-Z]\d{7}<",
}
_COMPILED = {key: re.compile(pattern) for key, pattern in _NUMBERS.items()}

# German optional data are digits: the day of issue, or nothing.
_OPTIONAL = {"D<<": re.compile(r"[0-9<]*")}


def pattern_of(code: str, issuer: str) -> re.Pattern[str] | None:
    """What numbers of this issuer's documents look like, None where it is not known.

    `code` and `issuer` as in the zone ("ID", "P<"; "D<<"). The German temporary ID ("IT") and
    papers for refugees have numbers of their own.
    """
    if code == "IT":
        return None
    return _COMPILED.get((issuer, code[0]))


def optional_pattern(code: str, issuer: str) -> re.Pattern[str] | None:
    """What may stand in the optional data of this issuer, None where it is not known."""
    return _OPTIONAL.get(issuer)
