"""The wire format of the broker's market feed; `market_feed_pb2` is generated from the `.proto`."""
