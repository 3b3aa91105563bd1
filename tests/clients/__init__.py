"""Clients that other people wrote, unchanged, against a real runtime."""
