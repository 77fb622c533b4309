"""The demo publication: The Slipway, the paper of Ternholm harbour. `load.py` reads what stands beside it."""
