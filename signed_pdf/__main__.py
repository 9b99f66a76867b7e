"""`python -m signed_pdf [carried]`: a PDF on standard input, one answer on standard output, and the end.

`carried` asks only what act lies in the file, signed or not.
"""

# ruff: noqa: F401 -- the libraries would import these when they need them, and then no file can be opened any more
import encodings.cp1252
import encodings.latin_1
import encodings.utf_16
import encodings.utf_16_be
import encodings.utf_32_be
import sys

import cryptography.hazmat.backends.openssl.backend
import pyhanko.pdf_utils.crypt
import pyhanko.pdf_utils.filters
import pyhanko.pdf_utils.metadata.xmp_xml

from contracts.pdf_act import MOST_PDF_BYTES
from signed_pdf.answering import answer
from signed_pdf.confinement import confine


def main(arguments: list[str]) -> int:
    """Read the one file that is handed in, confined."""
    confine()
    data = sys.stdin.buffer.read(MOST_PDF_BYTES + 1)
    sys.stdout.buffer.write(answer(data, signed=arguments != ["carried"]))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
