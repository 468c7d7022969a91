"""Parts of the history page: chains of past days, what there is of them, files to be read."""
