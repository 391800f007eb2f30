-- Schedules: what starts executions by itself. Never edited.

CREATE TABLE schedule (
    name     TEXT PRIMARY KEY,
    workflow TEXT NOT NULL,
    input    TEXT NOT NULL,      -- JSON
    rule     TEXT NOT NULL,      -- JSON: when it fires
    paused   INTEGER NOT NULL,   -- 1: it does not fire
    next     INTEGER,            -- when it fires next, milliseconds since 1970
    last     TEXT                -- the name of the execution that it started last
) STRICT, WITHOUT ROWID;
