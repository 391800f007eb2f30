-- Version 1 of the file. Described in docs/storage.md. Never edited: what changes is a migration of its own.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE status_name (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL
) STRICT;

INSERT INTO status_name VALUES
    (1, 'RUNNING'), (2, 'SUCCEEDED'), (3, 'FAILED'), (4, 'ABORTED'), (5, 'TIMED_OUT'), (6, 'BLOCKED');

CREATE TABLE event_name (
    number INTEGER PRIMARY KEY,
    name   TEXT NOT NULL
) STRICT;

INSERT INTO event_name VALUES
    (1, 'task-scheduled'), (2, 'task-started'), (3, 'task-interrupted'), (4, 'task-retried'), (5, 'task-succeeded'),
    (6, 'task-failed'), (10, 'wait-seconds'), (11, 'wait-until'), (12, 'wait-ended'), (20, 'parallel-started'),
    (21, 'map-started'), (22, 'join-succeeded'), (23, 'join-failed'), (24, 'scope-succeeded'), (25, 'scope-failed'),
    (30, 'now'), (31, 'uuid'), (32, 'random'), (40, 'execution-succeeded'), (41, 'execution-failed'),
    (42, 'execution-aborted'), (43, 'execution-timed-out'), (50, 'code-changed');

CREATE TABLE machine (
    id          INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    workflow    TEXT NOT NULL,
    json        TEXT NOT NULL
) STRICT;

CREATE TABLE execution (
    id             INTEGER PRIMARY KEY,
    workflow       TEXT NOT NULL,
    name           TEXT,
    machine        INTEGER NOT NULL REFERENCES machine (id),
    status         INTEGER NOT NULL,
    wake           INTEGER CHECK (wake >= -1),  -- -1: now; NULL: on something outside; else milliseconds since 1970
    started_at     INTEGER NOT NULL,            -- milliseconds since 1970
    closed_at      INTEGER,                     -- milliseconds since 1970
    input          TEXT NOT NULL,
    output         TEXT,
    error          TEXT,
    cause          TEXT,
    nonce          TEXT NOT NULL,
    parent         INTEGER,
    parent_scope   TEXT,
    parent_ordinal INTEGER
) STRICT;

CREATE UNIQUE INDEX execution_by_name ON execution (workflow, name) WHERE name IS NOT NULL;
CREATE INDEX execution_by_status ON execution (workflow, status);
CREATE INDEX execution_due ON execution (wake) WHERE status = 1 AND wake IS NOT NULL;

-- Append-only, in the order of the commits.
CREATE TABLE journal (
    id        INTEGER PRIMARY KEY,
    execution INTEGER NOT NULL,
    event     INTEGER NOT NULL,
    scope     TEXT,              -- NULL: the workflow itself
    ordinal   INTEGER NOT NULL,
    at        INTEGER NOT NULL,  -- milliseconds since the execution started
    state     INTEGER,           -- index into the machine's states
    visits    TEXT,
    name      TEXT,
    number    INTEGER,
    payload   ANY                -- text: as it is; integer: the same text as that row of the journal, 0 as the execution's input
) STRICT;

CREATE INDEX journal_by_execution ON journal (execution);

-- For people: names for numbers, times as text, references resolved.

CREATE VIEW executions AS
SELECT e.id, e.workflow, e.name, s.name AS status,
       strftime('%Y-%m-%dT%H:%M:%fZ', e.started_at / 1000.0, 'unixepoch') AS started,
       strftime('%Y-%m-%dT%H:%M:%fZ', e.closed_at / 1000.0, 'unixepoch') AS closed,
       CASE
           WHEN e.closed_at IS NOT NULL THEN NULL
           WHEN e.wake IS NULL THEN 'external'
           WHEN e.wake = -1 THEN 'now'
           ELSE strftime('%Y-%m-%dT%H:%M:%fZ', e.wake / 1000.0, 'unixepoch')
       END AS wake,
       e.input, e.output, e.error, e.cause, e.parent, m.fingerprint AS machine
FROM execution AS e
LEFT JOIN status_name AS s ON s.number = e.status
LEFT JOIN machine AS m ON m.id = e.machine;

CREATE VIEW history AS
SELECT j.execution, j.id AS row,
       strftime('%Y-%m-%dT%H:%M:%fZ', (e.started_at + j.at) / 1000.0, 'unixepoch') AS time,
       coalesce(j.scope, '') AS scope, j.ordinal, coalesce(n.name, j.event) AS event,
       json_extract(m.json, '$.states[' || j.state || '].name') AS state,
       j.visits, j.name, j.number,
       CASE
           WHEN typeof(j.payload) <> 'integer' THEN j.payload
           WHEN j.payload = 0 THEN e.input
           ELSE (SELECT o.payload FROM journal AS o WHERE o.id = j.payload)
       END AS payload
FROM journal AS j
JOIN execution AS e ON e.id = j.execution
LEFT JOIN event_name AS n ON n.number = j.event
LEFT JOIN machine AS m ON m.id = e.machine;
