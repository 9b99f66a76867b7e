"""The front door: the command line, all parts put together on one machine, and the demonstration."""

__version__ = "0.1.0"
