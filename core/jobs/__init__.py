"""Work that has an hour, one file each."""
