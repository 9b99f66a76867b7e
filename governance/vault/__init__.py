"""The key vault: a process of its own that holds the keys of everything sealed, gives them out once, and destroys them.

It believes only the log: it releases a key for an entry that says so, and destroys keys for an entry that intends it.
Another organisation can run it. It knows classes, days and numbers, and nothing about anybody.
"""
