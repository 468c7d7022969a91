"""The paper account as a broker: in this process, on quotes of any feed, without credentials."""
