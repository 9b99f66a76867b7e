"""Warrants that courts sign as PDF (PAdES): a hostile file is read in a process of its own, and only there (law.md A6).

`python -m signed_pdf` reads one file and ends. `signed_pdf.process` asks it; everybody else imports nothing but that.
"""
