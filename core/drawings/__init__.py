"""What a person draws on a chart."""
