-- Activities: attempts that wait for a worker. Described in docs/storage.md. Never edited: what changes is a migration of its own.

INSERT INTO event_name VALUES (9, 'activity-scheduled'), (52, 'activity-queued'), (53, 'activity-started');

-- In the order in which they wait. Gone when a worker takes the attempt, and when nobody waits for it any more.
CREATE TABLE activity (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    token     TEXT NOT NULL UNIQUE,
    execution INTEGER NOT NULL,
    task      TEXT NOT NULL,
    input     TEXT NOT NULL,
    attempt   INTEGER NOT NULL,
    key       TEXT NOT NULL,     -- the idempotency key
    timeout   INTEGER,           -- seconds, from when a worker has it
    heartbeat INTEGER,           -- seconds
    queued_at INTEGER NOT NULL   -- milliseconds since 1970
) STRICT;

CREATE INDEX activity_by_task ON activity (task, id);
CREATE INDEX activity_by_execution ON activity (execution);
