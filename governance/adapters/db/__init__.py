"""The database: the one room where SQL is spoken."""
