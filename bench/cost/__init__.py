"""What a request costs: the gateway beside three references, each in a process of its own, in one run."""
