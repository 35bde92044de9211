"""Claims: who affirms an event or denies it, or states a value of it."""
