-- Child executions. Never edited.

-- NULL: nothing started it, or it is not waited for. 1: the parent waits for it. 2: the parent waits for it no more.
ALTER TABLE execution ADD COLUMN awaited INTEGER;

CREATE INDEX execution_by_parent ON execution (parent) WHERE parent IS NOT NULL;
CREATE INDEX execution_awaited ON execution (awaited) WHERE awaited = 1;
CREATE INDEX execution_released ON execution (awaited) WHERE awaited = 2 AND closed_at IS NULL;

INSERT INTO event_name VALUES
    (13, 'child-scheduled'), (14, 'child-started'), (15, 'child-retried'), (16, 'child-succeeded'), (17, 'child-failed');
