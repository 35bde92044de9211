"""The language of questions: parameters to predicates to one compiled select."""
