"""How fast the log appends, replays, is audited and starts again, on durable settings, beside one unbatched writer."""
