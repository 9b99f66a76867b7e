"""`python -m insyn` is `insyn`."""

from insyn.command_line import main

if __name__ == "__main__":
    main()
