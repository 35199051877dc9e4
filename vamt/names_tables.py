"""Letters beyond A to Z as the machine-readable zone writes them: ICAO Doc 9303-3, section 6.

What is not here loses its diacritical mark (É is E).
"""


def _pairs(text: str) -> dict[str, str]:
    """ "Ä AE, Å AA" as a table; a letter alone is written as nothing."""
    split = (pair.split() for pair in text.split(","))
    return {letter: "".join(written) for letter, *written in split}


LATIN = _pairs(
    "Ä AE, Å AA, Æ AE, Ö OE, Ø OE, Œ OE, Ü UE, ß SS, ẞ SS, Þ TH, Ð D, Đ D, Ħ H, ı I, Ĳ IJ, Ł L, "
    "Ŋ N, Ŧ T, Ə E, ĸ Q"
)
# second spellings that states use, too
SHORT_LATIN = _pairs("Ä A, Å A, Ö O, Ø O, Ü U, Ñ NXX")

CYRILLIC = _pairs(
    "А A, Б B, В V, Г G, Д D, Е E, Ё E, Ж ZH, З Z, И I, І I, Й I, К K, Л L, М M, Н N, О O, П P, "
    "Р R, С S, Т T, У U, Ф F, Х KH, Ц TS, Ч CH, Ш SH, Щ SHCH, Ы Y, Ъ IE, Э E, Ю IU, Я IA, Ѵ Y, "
    "Ґ G, Ў U, Ѫ U, Ѓ G, Ђ D, Ѕ DZ, Ј J, Ќ K, Љ LJ, Њ NJ, Џ DZ, Є IE, Ї I, Ь"
)

# The letters of Arabic proper, and the three of Persian; an X begins what keeps letters apart.
ARABIC = _pairs(
    "ء XE, آ XAA, أ XAE, ؤ U, إ I, ئ XI, ا A, ب B, ة XTA, ت T, ث XTH, ج J, ح XH, خ XKH, د D, "
    "ذ XDH, ر R, ز Z, س S, ش XSH, ص XSS, ض XDZ, ط XTT, ظ XZZ, ع E, غ G, ف F, ق Q, ك K, ل L, م M, "
    "ن N, ه H, و W, ى XAY, ي Y, پ P, چ XC, ژ XJ"
)
