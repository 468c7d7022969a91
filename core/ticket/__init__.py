"""What an order ticket knows of the order that stands in it, before it is sent."""
