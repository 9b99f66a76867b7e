"""The sequencer: the one process that appends to the transparency log, and what it stands on.

Database, guard file, tiles as files, and the Unix socket by which the other processes reach it. docs/audit-log.md has
the order in which things are made durable, and what a crash leaves behind.
"""
