"""Public sets of faces, read from where their user has them: never copied, never part of this project."""
