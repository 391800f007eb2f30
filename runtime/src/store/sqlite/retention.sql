-- Executions that were removed, and of which rows of the journal are left. Never edited.

CREATE TABLE removed (
    execution INTEGER PRIMARY KEY
) STRICT;
