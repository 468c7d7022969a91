"""The basket ticket behind its screen: its form, its figures, what it is opened with."""
