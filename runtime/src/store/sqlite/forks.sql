-- Executions that share the past of another, and executions that were reopened. Never edited.

ALTER TABLE execution ADD COLUMN origin TEXT;  -- JSON: {"execution", "rows", "id", "name"} of what it was forked from

INSERT INTO event_name VALUES (51, 'execution-redriven');
