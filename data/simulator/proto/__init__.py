"""The feed's wire format: schema and generated code (`protoc`, never edited by hand)."""
