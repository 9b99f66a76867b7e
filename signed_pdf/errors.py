"""Why a PDF is no warrant. Each error carries one sentence for a person, and nothing of the file's content."""


class PdfRefused(Exception):
    """This PDF is not one signed act."""
