"""What the page of funds reckons before it draws."""
