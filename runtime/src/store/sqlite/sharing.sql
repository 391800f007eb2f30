-- Engines that share the file, and which of them runs an execution. Never edited.

CREATE TABLE engine (
    epoch      INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice
    pid        INTEGER NOT NULL,
    lease      INTEGER NOT NULL,                   -- milliseconds
    beat       INTEGER NOT NULL,                   -- how often the lease was renewed
    ended      INTEGER NOT NULL,                   -- 1: it writes no more, and what it owned is free
    started_at INTEGER NOT NULL,                   -- milliseconds since 1970
    workflows  TEXT NOT NULL                       -- JSON: the names of those that it runs
) STRICT;

ALTER TABLE execution ADD COLUMN owner INTEGER;    -- engine.epoch; NULL: nobody

DROP INDEX execution_due;
CREATE INDEX execution_due ON execution (owner, wake) WHERE status = 1 AND wake IS NOT NULL;
CREATE INDEX execution_by_owner ON execution (owner) WHERE owner IS NOT NULL;
