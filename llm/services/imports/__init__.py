"""Other gateways' configuration as providers and routes: read, planned, shown, and made on request."""
