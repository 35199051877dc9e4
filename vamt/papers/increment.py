"""What a seal adds to a paper for the archive."""

from pyhanko.pdf_utils.extensions import DeveloperExtension
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter


class Increment(IncrementalPdfFileWriter):
    """An update that leaves a PDF/A-3 what it is: PDF 1.7 (ISO 19005-3, 5.1).

    The library would make it PDF 2.0 for some kinds of keys, and say that it uses an extension of
    2.0; a reader finds the kind of key in the signature and needs neither.
    """

    def ensure_output_version(self, version: tuple[int, int]) -> None:
        """Stay what it is."""

    def register_extension(self, ext: DeveloperExtension) -> None:
        """Only what PDF 1.7 may be extended by, as by PAdES."""
        if ext.base_version == "/1.7":
            super().register_extension(ext)
