"""Teams, consumers and keys over HTTP."""
