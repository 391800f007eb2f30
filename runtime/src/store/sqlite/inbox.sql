-- Version 4 of the file: tokens of tasks that wait, and the inbox. Described in docs/storage.md. Never edited: what changes is a migration of its own.

INSERT INTO event_name VALUES (7, 'task-token'), (8, 'task-submitted');

CREATE TABLE token (
    token     TEXT PRIMARY KEY,
    execution INTEGER NOT NULL,
    task      TEXT NOT NULL,
    status    INTEGER NOT NULL,  -- 1: waiting; 2: used; 3: expired
    due       INTEGER,           -- milliseconds since 1970
    beat      INTEGER            -- the last heartbeat, milliseconds since 1970
) STRICT, WITHOUT ROWID;

CREATE INDEX token_by_execution ON token (execution);

CREATE TABLE inbox (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    kind      INTEGER NOT NULL,  -- 1: complete; 2: fail; 3: start; 4: stop
    at        INTEGER NOT NULL,  -- milliseconds since 1970
    execution INTEGER,           -- the one that it is for
    target    TEXT,              -- a token, or a workflow
    name      TEXT,              -- of an error, or of an execution
    payload   TEXT               -- result, cause or input
) STRICT;
