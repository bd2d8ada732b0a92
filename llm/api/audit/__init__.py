"""The record of changes over HTTP."""
