"""`python -m governance.verifier`, and what the zipapp runs."""

from governance.verifier.command import main

if __name__ == "__main__":
    raise SystemExit(main())
