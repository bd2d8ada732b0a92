"""Adding a vendor from the catalogue, step by step: the same functions serve command, API and admin.

1. `drafts.draft_of(preset, ...)` takes what an operator has said so far, or names the field that is wrong.
2. `models.offered(draft)` lists what the account may use, with prices. Nothing is billed.
3. `capabilities.run.test(draft, by=...)` asks the chosen model seven things, within a cent and a minute.
4. `adding.add(draft, report, ...)` makes the provider with what it can do.

Each async function has a twin for threads without a running event loop, named `..._sync`.
"""
