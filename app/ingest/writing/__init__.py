"""Writing of mapped rows: reconciliation with stored records, batch by batch."""
