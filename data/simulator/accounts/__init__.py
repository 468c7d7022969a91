"""The exchange's order side: orders, their matching, and what the account then holds and owes."""
