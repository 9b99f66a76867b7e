"""The demonstration: real photographs, a rendered camera, and people who play every role of the procedure."""
