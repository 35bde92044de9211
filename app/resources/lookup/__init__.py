"""Looking up which actor or source a name, a code or an address may mean."""
