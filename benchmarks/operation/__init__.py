"""What use came to, from a table or from the log, by the definitions of the tests (page 12 of an evaluation)."""
