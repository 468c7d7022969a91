"""Positions of several contracts: their legs, pay-off, templates, suggestions and drafts."""
