"""`annals demo`: load the demo dataset."""

from app.cli.session import DatabaseUrl, read_settings, run_with_records


def demo(database_url: DatabaseUrl = None) -> None:
    """Load the dataset russia-dprk; records that exist already are left alone."""
    from app.db.database import Database
    from app.demo.demo_loader import LoadedCounts, load_demo
    from app.values.caller import OPERATOR

    async def work(database: Database) -> LoadedCounts:
        return await database.write(load_demo, by=OPERATOR.key_id)

    loaded = run_with_records(read_settings(database_url=database_url), work)
    if loaded.is_empty:
        print("demo: everything is there already; nothing was changed")
        return
    print(f"demo: added {loaded}")
