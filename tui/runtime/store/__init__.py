"""What the runtime keeps: all SQL, one SQLite file, one writer thread."""
