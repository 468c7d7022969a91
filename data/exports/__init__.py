"""Tables of the desk as files for spreadsheets and programs."""
