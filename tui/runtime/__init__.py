"""The local runtime: OpenWhisk's REST API on one machine, in one process with warm workers beside it.

It is reached over HTTP like any other platform; only the command line's `serve` imports it.
"""
