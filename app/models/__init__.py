"""Tables, one file for each kind of record, with the past beside the present."""
