"""Rows into tables, many at once: COPY where PostgreSQL has it, one prepared statement where not."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, insert

COPY_FROM = 100
"""From so many rows on, PostgreSQL's COPY costs less than statements."""

Row = tuple[Any, ...]


def put(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert ``rows``, whose values stand in the order of the table's columns (later columns may be left out)."""
    if not rows:
        return
    columns = list(table.columns.keys())[: len(rows[0])]
    if connection.dialect.name == "postgresql" and len(rows) >= COPY_FROM:
        _copy(connection, table, columns, rows)
    elif connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({_quoted(columns)}) VALUES ({marks})', list(rows))
    else:
        connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])


def _copy(connection: Connection, table: Table, columns: list[str], rows: Sequence[Row]) -> None:
    driver: Any = connection.connection.driver_connection
    types = [_TYPES[table.columns[name].type.compile(dialect=connection.dialect).split()[0]] for name in columns]
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({_quoted(columns)}) FROM STDIN (FORMAT BINARY)') as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


_TYPES = {"BIGINT": "int8", "INTEGER": "int4", "VARCHAR": "text", "BYTEA": "bytea"}


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
