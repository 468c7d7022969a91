"""Option history on disk: days of chains as Parquet files."""
