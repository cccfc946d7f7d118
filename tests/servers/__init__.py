"""Real servers that tests talk to over loopback, each a process of its own."""
