"""What the application's ports are plugged into: the database, key files, the centre's processes, clocks and chance."""
