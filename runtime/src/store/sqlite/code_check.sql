-- How far running executions were held against a program's code. Never edited.

CREATE TABLE code_check (
    workflow   TEXT PRIMARY KEY,
    code       TEXT NOT NULL,    -- the fingerprint of that program's machine
    checked_to INTEGER NOT NULL  -- the last execution that was looked at
) STRICT, WITHOUT ROWID;
