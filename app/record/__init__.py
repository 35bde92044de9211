"""What an event is made of: its document, the judgement of its claims, saving it with its past."""
