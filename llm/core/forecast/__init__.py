"""How long an account's money lasts: its balance by the ledger, the rhythm of its spending, the hours left."""
