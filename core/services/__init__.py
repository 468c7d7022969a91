"""What keeps running, and the bundle that pages and programs are given."""
