"""The widths that a TrueType font has for its glyphs (OpenType: tables head, hhea, hmtx, maxp)."""

import struct


def widths_of(font: bytes) -> list[float]:
    """By glyph, in thousandths of the size."""
    (count,) = struct.unpack(">H", font[4:6])
    entries = (font[12 + 16 * n : 28 + 16 * n] for n in range(count))
    at = {entry[:4]: struct.unpack(">I", entry[8:12])[0] for entry in entries}
    (per_em,) = struct.unpack_from(">H", font, at[b"head"] + 18)
    (glyphs,) = struct.unpack_from(">H", font, at[b"maxp"] + 4)
    (measured,) = struct.unpack_from(">H", font, at[b"hhea"] + 34)
    widths = [struct.unpack_from(">H", font, at[b"hmtx"] + 4 * n)[0] for n in range(measured)]
    widths += widths[-1:] * (glyphs - measured)  # those of one width share it
    return [1000 * width / per_em for width in widths]
