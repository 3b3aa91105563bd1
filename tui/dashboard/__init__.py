"""The dashboard: Textual screens over `tui.operations`. It does no I/O of its own."""
