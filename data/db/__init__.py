"""The database: many readers, one writer."""
