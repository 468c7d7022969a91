"""The builder's own state: what one visit edits, and what it is judged by."""
