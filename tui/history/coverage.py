"""For which times everything is known: what the feed has proven complete, kept across restarts."""

from .database import Database


def note_covered(database: Database, since_ms: int, upto_ms: int) -> None:
    """Every record that started in this interval, and had ended by its end, is kept. Joined with what it touches."""
    if upto_ms < since_ms:
        return
    with database.transaction() as connection:
        touching = connection.execute(
            "select since_ms, upto_ms from coverage where since_ms <= ? and upto_ms >= ?", [upto_ms + 1, since_ms - 1]
        ).fetchall()
        joined = (min([since_ms, *(one for one, _ in touching)]), max([upto_ms, *(one for _, one in touching)]))
        connection.executemany("delete from coverage where since_ms = ?", [(one,) for one, _ in touching])
        connection.execute("insert into coverage (since_ms, upto_ms) values (?, ?)", joined)


def covered(database: Database) -> tuple[tuple[int, int], ...]:
    """The intervals, the latest first."""
    rows = database.connection.execute("select since_ms, upto_ms from coverage order by since_ms desc")
    return tuple((since_ms, upto_ms) for since_ms, upto_ms in rows)
