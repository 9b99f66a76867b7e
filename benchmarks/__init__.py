"""What this software takes and gives, measured: for now its speed and memory (`benchmarks.speed`)."""
