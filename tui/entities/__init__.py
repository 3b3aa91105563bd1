"""OpenWhisk's nouns as frozen values, and how they are written on the wire.

Client and runtime share these types. Nothing here does I/O, and nothing but the standard library is imported.
Names follow OpenWhisk's REST description; numbers carry their unit (`timeout_ms`, `memory_mb`).
"""
