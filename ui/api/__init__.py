"""REST for programs, health for machines."""
