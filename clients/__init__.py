"""The clients that people use, run against the live product; `make clients` prints what works. Not the product."""
