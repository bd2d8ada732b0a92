"""Tests of djobea.env."""
