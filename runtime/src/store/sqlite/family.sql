-- Children are found by their parent, and those that have ended by an index of their own. Never edited.

DROP INDEX execution_awaited;
CREATE INDEX execution_child_ended ON execution (parent) WHERE awaited = 1 AND closed_at IS NOT NULL;
