"""The consoles and the machine routes. Routes translate: they parse, call one use case, and render.

One package per audience (`operator`, `legal`, `auditor`, `site`, `administration`), each with templates of its own;
they share the base alone. Everything is closed unless a route declares who may call it (`access.py`).
"""
