"""The law as pure rules: values in, `now` in, a `Decision` out. Only the standard library is imported here."""
