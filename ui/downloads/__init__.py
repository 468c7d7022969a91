"""The page of downloads: what can be asked for, how far it is, and what we have."""
