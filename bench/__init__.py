"""Measurements of the gateway against a named alternative; `make bench` prints them."""
