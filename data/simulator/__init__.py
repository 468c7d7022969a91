"""An exchange of its own that speaks Upstox's protocol."""
