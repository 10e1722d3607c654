"""A store as version 0.1 left it: schema 1, no checksums, no devices."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from lossgp.runs import FILE_NAME

_TABLES = """
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        config TEXT NOT NULL,
        protocol TEXT NOT NULL,
        version TEXT NOT NULL,
        status TEXT NOT NULL,
        created TEXT NOT NULL,
        updated TEXT NOT NULL
    );
    CREATE TABLE trainings (
        candidate TEXT NOT NULL,
        protocol TEXT NOT NULL,
        device TEXT NOT NULL,
        seed INTEGER NOT NULL,
        text TEXT NOT NULL,
        outcome TEXT NOT NULL,
        finished TEXT NOT NULL,
        PRIMARY KEY (candidate, protocol, device, seed)
    ) WITHOUT ROWID;
    CREATE TABLE generations (
        run INTEGER NOT NULL REFERENCES runs (id),
        generation INTEGER NOT NULL,
        individuals TEXT NOT NULL,
        archive TEXT NOT NULL,
        rejects TEXT NOT NULL,
        finished TEXT NOT NULL,
        PRIMARY KEY (run, generation)
    );
"""
TIME = "2026-11-20T10:00:00.000+00:00"
OUTCOME = '{"metrics":{"fid":1.5},"reason":null,"seconds":0.25,"seed":%d,"status":"ok"}'


def old_store(runs_dir: Path) -> Path:
    """Make a store with the run `first` of one generation, and two trainings of `key`."""
    runs_dir.mkdir(exist_ok=True)
    path = runs_dir / FILE_NAME
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(_TABLES)
    db.execute("PRAGMA application_id = 1818718257")
    db.execute("PRAGMA user_version = 1")
    db.execute(
        "INSERT INTO runs VALUES (1, 'first', '{\"seeds\":2}', 'p', '0.1', 'finished', ?, ?)",
        (TIME, TIME),
    )
    for seed in range(2):
        row = ("key", "p", "cpu", seed, "text", OUTCOME % seed, TIME)
        db.execute("INSERT INTO trainings VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    db.execute(
        "INSERT INTO generations VALUES (1, 0, '[{\"a\":1}]', '[]', '{\"flat\":2}', ?)", (TIME,)
    )
    db.close()
    return path
