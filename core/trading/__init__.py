"""Orders, fills, positions and the ledger: what was asked for, what came of it, what is held."""
