"""A small witness for transparency logs (C2SP tlog-witness v1.0.0), to be run by another organisation than the log's.

It remembers the greatest checkpoint of each log that it was told of, and cosigns what extends that and nothing else.
"""
