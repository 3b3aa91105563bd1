"""The REST specification as tests over HTTP: what any stock client may rely on.

They run on a runtime that is started for them, or on the platform that WHISKTOP_CONTRACT_URL and
WHISKTOP_CONTRACT_AUTH (`uuid:secret`) name.
"""
