"""The rows of the catalogue, by what a vendor sells: its own models, others' models, cloud accounts, or nothing."""
