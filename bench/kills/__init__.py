"""kill -9 under load: what vendors were asked, compared with what is on record."""
